//! stub
use crate::document::{Read, Reading, Value};
#[derive(Clone, Debug)]
pub struct Attribute;
impl Attribute {
    pub fn draw(&self, l: u64, _a: u32) -> u64 {
        l
    }
}
impl Read for Attribute {
    fn expected() -> String {
        "d".into()
    }
    fn read(_v: &Value, _r: &mut Reading) -> Option<Self> {
        Some(Self)
    }
}
