//! Which warnings fail a check, and which are not heard: `--deny warnings --allow W011`.
//!
//! ```text
//! denied by its code > allowed by its code > --deny warnings > --allow warnings > a warning
//! ```
//!
//! Errors stop a run, so they can be neither allowed nor made milder.

use crate::document::{Diagnostic, Severity};
use crate::scenario::codes::CODES;

use super::explain_code;

/// All warnings, or those of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    All,
    Code(&'static str),
}

impl Which {
    /// Reads `warnings` or a code such as `W008`.
    ///
    /// # Errors
    /// What is neither, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("warnings") {
            return Ok(Self::All);
        }
        let upper = text.to_uppercase();
        match CODES.iter().find(|(code, _)| *code == upper) {
            Some((code, _)) if code.starts_with('W') => Ok(Self::Code(code)),
            Some((code, _)) => Err(format!("`{code}` is an error, which always fails a check")),
            None => Err(format!("there is no warning `{text}`: write `warnings`, or codes such as `W008`{}", explain_code::suggestion(text))),
        }
    }
}

/// What is done about warnings.
#[derive(Debug)]
pub struct Policy {
    pub deny: Vec<Which>,
    pub allow: Vec<Which>,
}

impl Policy {
    fn denies(&self, code: &str) -> bool {
        self.named(code, &self.deny) || (self.deny.contains(&Which::All) && !self.named(code, &self.allow))
    }

    fn allows(&self, code: &str) -> bool {
        !self.denies(code) && (self.named(code, &self.allow) || self.allow.contains(&Which::All))
    }

    fn named(&self, code: &str, list: &[Which]) -> bool {
        list.iter().any(|which| matches!(which, Which::Code(own) if *own == code))
    }

    /// Drops the warnings that are allowed.
    pub fn silence(&self, diagnostics: &mut Vec<Diagnostic>) {
        diagnostics.retain(|diagnostic| diagnostic.is_error() || !self.allows(diagnostic.code));
    }

    /// As what a diagnostic counts: a warning that is denied is as bad as an error.
    pub fn severity(&self, diagnostic: &Diagnostic) -> Severity {
        if self.denies(diagnostic.code) { Severity::Error } else { diagnostic.severity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(deny: &[Which], allow: &[Which]) -> Policy {
        Policy { deny: deny.to_vec(), allow: allow.to_vec() }
    }

    #[test]
    fn a_code_weighs_more_than_all_warnings() {
        let (all, one) = ([Which::All], [Which::Code("W008")]);
        let stance = |policy: &Policy, code| (policy.denies(code), policy.allows(code));
        assert_eq!(stance(&policy(&all, &one), "W008"), (false, true));
        assert_eq!(stance(&policy(&all, &one), "W012"), (true, false));
        assert_eq!(stance(&policy(&one, &all), "W008"), (true, false));
        assert_eq!(stance(&policy(&one, &all), "W012"), (false, true));
        assert_eq!(stance(&policy(&one, &one), "W008"), (true, false));
        assert_eq!(stance(&policy(&[], &[]), "W008"), (false, false));
    }

    #[test]
    fn only_warnings_can_be_named() {
        assert_eq!(Which::parse("w008"), Ok(Which::Code("W008")));
        assert_eq!(Which::parse("warnings"), Ok(Which::All));
        assert!(Which::parse("E012").is_err_and(|why| why.contains("is an error")));
        assert!(Which::parse("W8").is_err_and(|why| why.contains("did you mean `W008`?")));
    }
}
