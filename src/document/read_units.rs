//! How the quantities of `units` are read from a document: complaint E023, with what to write instead as its hint.
//!
//! Each `parse` answers nonsense with `what is wrong: what to write`; the two halves become the message and the hint.

use super::{Diagnostic, Read, Reading, Shape, Shapes, Value};
use crate::units::{Bytes, Money, Rate, Share, Time};

macro_rules! read_quantity {
    ($($Unit:ty: $expected:literal, a number up to $most:literal, like $example:literal;)*) => {$(
        impl Read for $Unit {
            fn expected() -> String {
                $expected.into()
            }
            fn shape(_: &mut Shapes) -> Shape {
                Shape::number(<$Unit>::pattern(), 0, $most).like($example)
            }
            fn read(value: &Value, reading: &mut Reading) -> Option<Self> {
                let Some(text) = value.text() else { return reading.mismatch(value, $expected) };
                <$Unit>::parse(text).map_err(|sentence| reading.push(unreadable(value, $expected, &sentence))).ok()
            }
            fn written(&self) -> Option<String> {
                Some(self.exact())
            }
        }
    )*};
}

read_quantity! {
    Time: "a duration such as `30s`", a number up to 0, like "30s";
    Bytes: "a size such as `512 MB`", a number up to 0, like "512 MB";
    Rate: "a rate such as `80/s`", a number up to 0, like "80/s";
    Share: "a share such as `5%`", a number up to 1, like "5%";
    Money: "an amount of money such as `$12.50`", a number up to 0, like "$12.50";
}

fn unreadable(value: &Value, expected: &str, sentence: &str) -> Diagnostic {
    let (message, hint) = sentence.rsplit_once(": ").unwrap_or((sentence, "write it with its unit"));
    Diagnostic::error("E023", value.span, message).label(format!("expected {expected}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Data, Span};

    fn read<T: Read>(text: &str) -> (Option<T>, Reading<'_>) {
        let mut reading = Reading::default();
        let value = Value { span: Span { file: 0, start: 3, end: 9 }, data: Data::Scalar { text: text.into(), quoted: false } };
        (T::read(&value, &mut reading), reading)
    }

    #[test]
    fn a_number_without_its_unit_is_answered_with_a_guess() {
        let (time, reading) = read::<Time>("30");
        let diagnostic = &reading.diagnostics[0];
        assert_eq!(time, None);
        assert_eq!((diagnostic.code, diagnostic.message.as_str()), ("E023", "a duration needs a unit"));
        assert_eq!(diagnostic.hint.as_deref(), Some("did you mean `30s`?"));
        assert_eq!(diagnostic.at.span.start, 3);
    }

    #[test]
    fn every_quantity_says_what_it_expects_and_reads_its_own_example() {
        fn check<T: Read>() {
            let expected = T::expected();
            let example = expected.split('`').nth(1).expect("an example in backticks");
            let (value, reading) = read::<T>(example);
            assert!(reading.diagnostics.is_empty());
            assert_eq!(value.and_then(|v| v.written()).as_deref(), Some(example));
            assert_eq!(read::<T>("what?: no").1.diagnostics[0].code, "E023");
        }
        check::<Time>();
        check::<Bytes>();
        check::<Rate>();
        check::<Share>();
        check::<Money>();
    }

    #[test]
    fn a_list_is_no_quantity() {
        let mut reading = Reading::default();
        assert_eq!(Time::read(&Value { span: Span::default(), data: Data::List(vec![]) }, &mut reading), None);
        assert_eq!(reading.diagnostics[0].code, "E020");
    }
}
