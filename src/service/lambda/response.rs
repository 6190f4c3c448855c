//! What a function answers: its size, and whether it is streamed.
//!
//! ```text
//! buffered  size ≤ 6 MB: no time of its own     > 6 MB: Function.ResponseSizeTooLarge, an error of the function
//! streamed  min(size, 6 MB) at once, the rest at 2 MB a second, up to 200 MB; the environment is held, and the time-out runs on
//! ```
//!
//! A response becomes the handler's last instruction, so a function that says nothing of it pays nothing. Sizes and bandwidth are rows of the platform
//! (AWS docs: lambda/configuration-response-streaming). Left out: the time to the first byte, what the response costs on the way to the client.

use crate::{
    document::{Diagnostic, Reading, Spanned},
    mechanism::distribution::Distribution,
    platform::Platform,
    spec,
    units::{Bytes, Time},
};

use super::program::{Condition, Instr};

spec! {
    /// What an invocation answers when its handler has ended well.
    pub struct Response: "a response" {
        /// How large it is: buffered at most 6 MB, streamed at most 200 MB.
        size: Spanned<Bytes>,
        /// Sent piece by piece while the function runs (AWS: InvokeMode RESPONSE_STREAM).
        stream: bool = false,
    }
}

impl Response {
    /// The instruction that sends it; none where it takes no time.
    pub(super) fn instruction(&self, platform: &Platform) -> Option<Instr> {
        if self.is_too_large(platform) {
            return Some(Instr::Fail { when: Condition::Always });
        }
        let time = self.time(platform);
        (time > Time::ZERO).then(|| Instr::Wait(Distribution::constant(time)))
    }

    fn limit(&self, platform: &Platform) -> u64 {
        platform.count(if self.stream { "lambda.payload_stream" } else { "lambda.payload_response" })
    }

    fn is_too_large(&self, platform: &Platform) -> bool {
        self.size.value.as_bytes() > self.limit(platform)
    }

    /// How long it takes to send.
    fn time(&self, platform: &Platform) -> Time {
        let slow = self.size.value.as_bytes().saturating_sub(platform.count("lambda.stream_free"));
        if self.stream { Time::from_secs_f64(slow as f64 / platform.get("lambda.stream_rate")) } else { Time::ZERO }
    }

    /// Warns of a response that never gets through.
    pub(super) fn check(&self, name: &str, timeout: &Spanned<Time>, reading: &mut Reading) {
        let platform = Platform::default();
        let (size, span, time) = (self.size.value, self.size.span, self.time(&platform));
        if self.is_too_large(&platform) {
            let most = Bytes::from_bytes(self.limit(&platform));
            let how = if self.stream { "a streamed" } else { "a buffered" };
            let message = format!("every invocation of `{name}` fails, for its response of {size} is larger than {how} one may be, which is {most}");
            let hint = if self.stream { "put it into a store, and answer where it lies" } else { "`stream: true` lets a function answer more" };
            reading.push(Diagnostic::warning("W049", span, message).label("too large").hint(hint));
        } else if time > timeout.value {
            let message = format!("`{name}` streams its response for {time}, and runs into its time-out of {}", timeout.value);
            let hint = "6 MB go at once and the rest at 2 MB a second, while the time-out runs on: raise `timeout`";
            reading.push(Diagnostic::warning("W050", span, message).label("takes too long").also(timeout.span, "the time-out").hint(hint));
        }
    }
}
