//! Shipped scenarios, damaged at random: fields dropped, renamed and doubled, values swapped, bytes flipped, lines cut off.
//!
//! ```text
//! a scenario ──1 to 4 mutations──▶ bytes ──load──▶ refused, every place inside its file │ accepted ──▶ now and then run for a while
//! ```
//!
//! Nothing may panic. Proptest prints the seed of a case that fails: `mutated(&texts, SEED)` makes its bytes anew.

use std::sync::LazyLock;

use coldfront::document::Span;
use coldfront::engine::Bounds;
use coldfront::scenario::Sources;
use coldfront::scenario::render::{Colour, json, text};
use coldfront::simulation::Simulation;
use coldfront::topology;
use proptest::prelude::*;

use crate::support::{Folder, repository, scenario_files};

/// Every shipped scenario: its folder, and its text.
static TEXTS: LazyLock<Vec<(Folder, Vec<u8>)>> = LazyLock::new(|| {
    let read = |path: std::path::PathBuf| {
        let folder = path.parent().expect("a file is in a folder").to_owned();
        (Folder(folder), std::fs::read(&path).expect("a scenario can be read"))
    };
    scenario_files().into_iter().map(|path| repository().join(path)).map(read).collect()
});

/// xorshift64*: the same damage for the same seed, whatever proptest draws.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }
}

/// Ranges of words: what YAML's marks and blanks part.
fn words(bytes: &[u8]) -> Vec<(usize, usize)> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'%' | b'.' | b'/');
    let (mut found, mut start) = (Vec::new(), None);
    for (at, byte) in bytes.iter().chain(b" ").enumerate() {
        match (is_word(*byte), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// What odd values are put in a value's place.
const ODD: [&str; 16] =
    ["-1", "0", "1e400", "NaN", ".inf", "99999999999999999999", "null", "~", "[]", "{}", "''", "0s", "1000000/s", "100%", "*x", "\u{1f980}"];

fn damage(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let words = words(bytes);
    if words.is_empty() {
        return;
    }
    let (from, to) = words[dice.below(words.len())];
    let (other, end) = words[dice.below(words.len())];
    let line = |at: usize| {
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
        (start, bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |end| at + end + 1))
    };
    match dice.below(9) {
        0 => drop(bytes.drain(from..to)),
        1 => drop(bytes.splice(from..to, bytes[other..end].to_vec())),
        2 => drop(bytes.splice(from..to, ODD[dice.below(ODD.len())].bytes())),
        3 => {
            let (start, end) = line(from);
            drop(bytes.drain(start..end));
        }
        4 => {
            let (start, end) = line(from);
            drop(bytes.splice(start..start, bytes[start..end].to_vec()));
        }
        5 => bytes[from + dice.below(to - from)] = b'a' + dice.below(26) as u8,
        6 => {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        7 => drop(bytes.splice(from..from, std::iter::repeat_n(b' ', 1 + dice.below(3)))),
        _ => bytes.truncate(bytes.len() - dice.below(bytes.len() / 4 + 1)),
    }
}

/// A damaged scenario, and the folder of what it names.
fn mutated(texts: &[(Folder, Vec<u8>)], seed: u64) -> (&Folder, Vec<u8>) {
    let mut dice = Dice(seed | 1);
    let (folder, text) = &texts[dice.below(texts.len())];
    let mut bytes = text.clone();
    for _ in 0..1 + dice.below(4) {
        damage(&mut bytes, &mut dice);
    }
    (folder, bytes)
}

/// A place lies in its file, on characters.
fn is_inside(span: Span, sources: &Sources) -> bool {
    let text = &sources.of(span).text;
    let (start, end) = (span.start as usize, span.end as usize);
    start <= end && start <= text.len() && (text.get(start..end.min(text.len())).is_some() || text.contains('\u{fffd}'))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(10_000) })]

    #[test]
    fn ten_thousand_damaged_scenarios_are_answered_and_every_refusal_points_into_its_file(seed in any::<u64>()) {
        let (folder, bytes) = mutated(&TEXTS, seed);
        let loaded = topology::load("damaged.yaml", &bytes, &[], folder);
        let parsed = &loaded.parsed;
        for diagnostic in &parsed.diagnostics {
            prop_assert!(is_inside(diagnostic.at.span, &parsed.sources), "{diagnostic:?}");
            prop_assert!(diagnostic.others.iter().all(|other| is_inside(other.span, &parsed.sources)), "{diagnostic:?}");
        }
        prop_assert!(text(&parsed.diagnostics, &parsed.sources, Colour::Always).is_empty() == parsed.diagnostics.is_empty());
        prop_assert_eq!(json(&parsed.diagnostics, &parsed.sources).as_array().map(Vec::len), Some(parsed.diagnostics.len()));
        prop_assert!(parsed.failed() == loaded.ready().is_none(), "a scenario is refused with an error, or can be run");
        // What is accepted can be run: one in eight is, as that takes longer than to read it.
        if let Some(scenario) = loaded.ready().filter(|_| seed % 8 == 0) {
            Simulation::new(scenario, Bounds { max_events: 20_000, max_in_flight: 20_000 }).run();
        }
    }
}
