//! A session of an editor: the YAML language server that editors use, with the schema as a scenario names it, asked over its protocol.
//!
//! ```text
//! this test ──Content-Length: n, JSON──▶ node yaml-language-server --stdio          completion, hover, diagnostics
//! ```
//!
//! The server comes from the npm registry into `target/`, once. Where there is no node or no network the test says aloud that it skips. Every wait has
//! an end, and the server is killed at the end of all.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value as Json, json};

use crate::support::repository;

/// The server and its version.
const PACKAGE: &str = "yaml-language-server@1.25.0";
/// The longest that any wait takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server's script, installed where it is not there yet; the reason, where that cannot be done.
fn server() -> Result<PathBuf, String> {
    let folder = repository().join("target/editor");
    let script = folder.join("node_modules/yaml-language-server/bin/yaml-language-server");
    if !script.exists() {
        let fresh = repository().join(format!("target/editor-{}", std::process::id()));
        fs::create_dir_all(&fresh).map_err(|error| error.to_string())?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefix"]).arg(&fresh).arg(PACKAGE);
        let done = npm.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| format!("npm: {error}"));
        let installed = done.and_then(|child| waited(child, PATIENCE));
        // Whoever came first has installed the same.
        let _ = installed
            .and_then(|()| fs::rename(&fresh, &folder).map_err(|error| error.to_string()))
            .map_err(|why| drop((why, fs::remove_dir_all(&fresh))));
    }
    if script.exists() { Ok(script) } else { Err(format!("{PACKAGE} could not be installed")) }
}

fn waited(mut child: Child, patience: Duration) -> Result<(), String> {
    let end = Instant::now() + patience;
    while Instant::now() < end {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(status.to_string()),
            _ => thread::sleep(Duration::from_millis(50)),
        }
    }
    let _ = child.kill();
    Err("it took too long".into())
}

/// An editor with one file open.
struct Editor {
    child: Child,
    to: ChildStdin,
    from: Receiver<Json>,
    uri: String,
    text: String,
    asked: u64,
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Editor {
    /// Opens `text` as the file `path` of the repository, which need not be there.
    fn open(script: &PathBuf, path: &str, text: &str) -> io::Result<Self> {
        let mut command = Command::new("node");
        let mut child = command.arg(script).arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let (to, out) = (child.stdin.take().expect("it is piped"), child.stdout.take().expect("it is piped"));
        let (sender, from) = mpsc::channel();
        thread::spawn(move || {
            let mut out = BufReader::new(out);
            while let Some(message) = message(&mut out) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let uri = format!("file://{}", repository().join(path).display());
        let mut editor = Self { child, to, from, uri, text: text.to_owned(), asked: 0 };
        let markdown = json!(["markdown"]);
        let item = json!({ "documentationFormat": markdown, "snippetSupport": true });
        let can = json!({ "completion": { "completionItem": item }, "hover": { "contentFormat": markdown } });
        editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": { "textDocument": can } }));
        editor.tell("initialized", json!({}));
        let document = json!({ "uri": editor.uri, "languageId": "yaml", "version": 1, "text": text });
        editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
        Ok(editor)
    }

    fn send(&mut self, message: Json) {
        let body = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{body}", body.len()).and_then(|()| self.to.flush()).expect("the server listens");
    }

    fn tell(&mut self, method: &str, params: Json) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The answer to a request.
    fn ask(&mut self, method: &str, params: Json) -> Json {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.until(|message| (message.get("method").is_none() && message["id"] == id).then(|| message["result"].clone()))
    }

    /// What is found in the first message that has it; the server's own requests are answered on the way.
    fn until<T>(&mut self, found: impl Fn(&Json) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).expect("the server answers within a minute");
            if let Some(found) = found(&message) {
                return found;
            }
            if let (Some(id), Some(method)) = (message.get("id"), message["method"].as_str()) {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                let result = if method == "workspace/configuration" { json!(vec![json!({}); items]) } else { Json::Null };
                self.send(json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            }
        }
    }

    /// What is wrong with the file: place and message.
    fn underlined(&mut self) -> Vec<(u64, u64, u64, String)> {
        let all = self.until(|message| (message["method"] == "textDocument/publishDiagnostics").then(|| message["params"]["diagnostics"].clone()));
        let place = |d: &Json, end: &str, of: &str| d["range"][end][of].as_u64().expect("a place");
        let one = |d: &Json| (place(d, "start", "line"), place(d, "start", "character"), place(d, "end", "character"), d["message"].to_string());
        all.as_array().expect("a list").iter().map(one).collect()
    }

    /// The place right after `mark`, as a parameter.
    fn after(&self, mark: &str) -> Json {
        let at = self.text.find(mark).unwrap_or_else(|| panic!("the text has `{mark}`")) + mark.len();
        let line = self.text[..at].rfind('\n').map_or(0, |end| end + 1);
        json!({ "textDocument": { "uri": self.uri }, "position": { "line": self.text[..at].matches('\n').count(), "character": at - line } })
    }

    /// What is offered right after `mark`: each with its documentation.
    fn offered(&mut self, mark: &str) -> Vec<(String, String)> {
        let answer = self.ask("textDocument/completion", self.after(mark));
        let word = |item: &Json| (item["label"].as_str().unwrap_or_default().to_owned(), item["documentation"].to_string());
        answer["items"].as_array().or(answer.as_array()).expect("a list").iter().map(word).collect()
    }

    fn hovered(&mut self, mark: &str) -> String {
        self.ask("textDocument/hover", self.after(mark))["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }
}

/// One message of the protocol; `None` at the end.
fn message(from: &mut impl BufRead) -> Option<Json> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        from.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            header => length = header.strip_prefix("Content-Length: ").and_then(|n| n.parse().ok()).unwrap_or(length),
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

const SCENARIO: &str = "\
# yaml-language-server: $schema=../schema/scenario.schema.json
duration: 1m
workloads:
  w: { target: queue, phases: [ { duration: 1m, arrival_rate: 5/s } ] }
nodes:
  queue: { type: sqs, visibility_timeout: 1m }
  worker:
    type: lambda
    reserved_concurency: 5
    m
    handler:
      - g
  other:
    type: s
";

#[test]
fn an_editor_completes_explains_and_underlines() {
    let opened = server().and_then(|script| Editor::open(&script, "scenarios/unsaved.yaml", SCENARIO).map_err(|error| format!("node: {error}")));
    let mut editor = match opened {
        Ok(editor) => editor,
        Err(why) => {
            // Not `eprintln`, which a passing test keeps to itself.
            let _ = writeln!(io::stderr(), "SKIPPED: no editor was asked to complete a scenario: {why}");
            return;
        }
    };
    let typo = editor.underlined().into_iter().find(|(.., message)| message.contains("reserved_concurency")).expect("the typo is seen");
    assert_eq!((typo.0, typo.1, typo.2), (8, 4, 4 + "reserved_concurency".len() as u64), "{typo:?}");

    let fields = editor.offered("\n    m");
    let documented = |name: &str| fields.iter().find(|(label, _)| label == name).map(|(_, about)| about.as_str()).unwrap_or_default();
    for (field, says) in [("memory", "default `128 MB`"), ("timeout", "default `3s`"), ("reserved_concurrency", "also its cap")] {
        assert!(documented(field).contains(says), "{field}: {}", documented(field));
    }
    assert!(documented("visibility_timeout").is_empty(), "a function has no visibility timeout");

    let kinds: BTreeSet<String> = editor.offered("type: s").into_iter().map(|(label, _)| label).collect();
    assert_eq!(kinds, coldfront::service::Spec::KINDS.iter().map(|kind| (*kind).to_owned()).collect());
    let steps = editor.offered("- g");
    assert!(["compute", "get_item", "send"].iter().all(|step| steps.iter().any(|(label, _)| label == step)), "{steps:?}");

    let hovered = editor.hovered("visibility_t");
    assert!(hovered.contains("hidden") && hovered.contains("default `30s`"), "{hovered}");
}
