//! What there is to say about a document: a code, a sentence, places with carets, and how to mend it.
//!
//! A diagnostic is plain data; the command line renders it for people (`scenario::render`) or as JSON.

use super::Span;

/// The stable name of a kind of complaint: `E012` for errors, `W003` for warnings.
pub type Code = &'static str;

/// An error stops a run; a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A place and what is to be said right there.
#[derive(Clone, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One complaint. Built with [`Diagnostic::error`] and completed by chaining.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: Code,
    /// One sentence without a full stop; names in backticks.
    pub message: String,
    /// The place of the caret, and the words beside it.
    pub at: Label,
    /// Other places that matter, such as where the name was first used.
    pub others: Vec<Label>,
    /// How to mend it.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message.into())
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: Code, span: Span, message: String) -> Self {
        let at = Label { span, text: String::new() };
        Self { severity, code, message, at, others: Vec::new(), hint: None }
    }

    /// The words beside the caret.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.at.text = text.into();
        self
    }

    /// A second place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.others.push(Label { span, text: text.into() });
        self
    }

    /// How to mend it.
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
