//! Diagnostics as SARIF 2.1.0 (OASIS, 2020), which code hosts show beside the lines that they are about.
//!
//! ```text
//! runs[0] ─┬─ tool.driver.rules    the codes that were met, each with its page of `docs/errors.md`
//!          ├─ results              the diagnostics: rule, level, message with hint, places
//!          └─ invocations          files that could not be read
//! ```
//!
//! Names of files are relative to the folder that the command was given in, `%SRCROOT%`; columns count characters. Fixes and code flows are left out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Source, Sources, codes::meaning, pages::page};
use crate::document::{Code, Diagnostic, Label, Severity};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a host is told of a file that cannot be read: there is no place in it to point at.
const UNREADABLE: Code = "E041";

/// One run of the check, over any number of files.
#[derive(Debug, Default)]
pub struct Log {
    /// The folder that relative names are from, with a `/` at its end.
    folder: String,
    rules: Vec<Code>,
    results: Vec<Value>,
    notifications: Vec<Value>,
    /// How often the same was said of the same file.
    met: BTreeMap<u64, u32>,
}

impl Log {
    /// An empty log; files below `folder` are named from there.
    pub fn new(folder: &str) -> Self {
        Self { folder: format!("{}/", folder.trim_end_matches('/')), ..Self::default() }
    }

    /// Adds what was found in one scenario, at the severity that `severity` gives it.
    pub fn add(&mut self, diagnostics: &[Diagnostic], sources: &Sources, severity: impl Fn(&Diagnostic) -> Severity) {
        for diagnostic in diagnostics {
            let result = self.result(diagnostic, sources, severity(diagnostic));
            self.results.push(result);
        }
    }

    /// Adds that a file could not be read.
    pub fn unreadable(&mut self, name: &str, message: &str) {
        let location = json!({ "physicalLocation": { "artifactLocation": self.artifact(name) } });
        let notification = json!({ "descriptor": { "id": UNREADABLE }, "level": "error", "message": { "text": message }, "locations": [location] });
        self.notifications.push(notification);
    }

    /// The whole document.
    pub fn finish(self) -> Value {
        let invocation = json!({ "executionSuccessful": self.notifications.is_empty(), "toolExecutionNotifications": self.notifications });
        let rules: Vec<Value> = self.rules.iter().map(|code| rule(code)).collect();
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": { "name": "coldfront", "version": env!("CARGO_PKG_VERSION"), "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules } },
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation],
                "results": self.results,
            }],
        })
    }

    fn result(&mut self, diagnostic: &Diagnostic, sources: &Sources, severity: Severity) -> Value {
        let rule = self.rules.iter().position(|code| *code == diagnostic.code).unwrap_or_else(|| {
            self.rules.push(diagnostic.code);
            self.rules.len() - 1
        });
        let hint = diagnostic.hint.as_ref().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
        let mut result = json!({
            "ruleId": diagnostic.code,
            "ruleIndex": rule,
            "level": level(severity),
            "message": { "text": format!("{}{hint}", diagnostic.message) },
            "locations": [self.location(&diagnostic.at, sources)],
            "partialFingerprints": { "diagnostic/v1": self.fingerprint(diagnostic, sources) },
        });
        if !diagnostic.others.is_empty() {
            let numbered = diagnostic.others.iter().enumerate().map(|(id, other)| {
                let mut location = self.location(other, sources);
                location["id"] = id.into();
                location
            });
            result["relatedLocations"] = numbered.collect();
        }
        result
    }

    fn location(&self, label: &Label, sources: &Sources) -> Value {
        let source = sources.of(label.span);
        let mut location = json!({ "physicalLocation": { "artifactLocation": self.artifact(&source.name) } });
        if !source.text.is_empty() {
            location["physicalLocation"]["region"] = region(label, source);
        }
        if !label.text.is_empty() {
            location["message"] = json!({ "text": label.text });
        }
        location
    }

    fn artifact(&self, name: &str) -> Value {
        let name = if cfg!(windows) { name.replace('\\', "/") } else { name.to_owned() };
        let name = name.strip_prefix(&self.folder).unwrap_or(&name);
        let name = name.strip_prefix("./").unwrap_or(name);
        match name.starts_with('/') {
            true => json!({ "uri": format!("file://{}", encoded(name)) }),
            false => json!({ "uri": encoded(name), "uriBaseId": "%SRCROOT%" }),
        }
    }

    /// The same for the same complaint, wherever in the file it has moved to.
    fn fingerprint(&mut self, diagnostic: &Diagnostic, sources: &Sources) -> String {
        let said = format!("{}\0{}\0{}", diagnostic.code, sources.of(diagnostic.at.span).name, diagnostic.message);
        // FNV-1a, 64 bits.
        let hash = said.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        let times = self.met.entry(hash).or_default();
        *times += 1;
        format!("{hash:016x}:{times}")
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn region(label: &Label, source: &Source) -> Value {
    let ((line, column), (end_line, end_column)) = (source.position(label.span.start), source.position(label.span.end));
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

/// A code as a rule, with all that its page says.
fn rule(code: &str) -> Value {
    let severity = if code.starts_with('E') { Severity::Error } else { Severity::Warning };
    let mut rule = json!({
        "id": code,
        "shortDescription": { "text": meaning(code).unwrap_or(code) },
        "defaultConfiguration": { "level": level(severity) },
    });
    if let Some(page) = page(code) {
        rule["fullDescription"] = json!({ "text": page.summary() });
        rule["help"] = json!({ "text": page.text, "markdown": page.text });
        // Where the sources are published is told by the manifest, once they are.
        let home = env!("CARGO_PKG_REPOSITORY");
        if !home.is_empty() {
            rule["helpUri"] = format!("{home}/blob/v{}/docs/errors.md#{}", env!("CARGO_PKG_VERSION"), page.anchor()).into();
        }
    }
    rule
}

/// A path as part of a URI (RFC 3986): what is not unreserved and no `/` is written `%XX`.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Span;

    fn log(name: &str) -> Value {
        let sources = Sources::new(Source::new(name, "é: 5\nb: 6\n"));
        let span = |start, end| Span { file: 0, start, end };
        let twice = Diagnostic::error("E012", span(6, 7), "`b` is nothing").label("here").also(span(0, 2), "first").hint("mend it");
        let mut log = Log::new("/shops");
        log.add(&[twice.clone(), twice], &sources, |_| Severity::Error);
        log.unreadable("no such.yaml", "there is no such file");
        log.finish()
    }

    #[test]
    fn places_count_characters_from_one_and_end_after_the_last() {
        let result = &log("a.yaml")["runs"][0]["results"][0];
        let region = json!({ "startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2 });
        assert_eq!(result["locations"][0]["physicalLocation"]["region"], region);
        assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["endColumn"], 2);
        assert_eq!(result["message"]["text"], "`b` is nothing\nhint: mend it");
    }

    #[test]
    fn files_are_named_from_the_folder() {
        let uri = |name: &str| log(name)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].clone();
        let below = |uri: &str| json!({ "uri": uri, "uriBaseId": "%SRCROOT%" });
        assert_eq!(uri("./my shop.yaml"), below("my%20shop.yaml"));
        assert_eq!(uri("/shops/a.yaml"), below("a.yaml"));
        assert_eq!(uri("/other/a.yaml"), json!({ "uri": "file:///other/a.yaml" }));
    }

    #[test]
    fn the_same_twice_has_two_fingerprints_and_one_rule() {
        let log = log("a.yaml");
        let results = &log["runs"][0]["results"];
        assert_ne!(results[0]["partialFingerprints"], results[1]["partialFingerprints"]);
        assert_eq!((&results[1]["ruleIndex"], log["runs"][0]["tool"]["driver"]["rules"].as_array().map(Vec::len)), (&0.into(), Some(1)));
        assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], false);
    }
}
