//! One path, and how it is turned: a number with its unit, doubled so often, or grown by as much, or set.
//!
//! ```text
//! write_capacity_units: 30  ──2 doublings──▶ 120        concurrent_executions: 1000, and 50 more for each doubling  ──2──▶ 1150
//! ```

/// A path, and how it is turned.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    pub path: String,
    pub from: f64,
    /// As it is written behind the number.
    unit: String,
    /// Grows by so much for each doubling less one, in place of doubling.
    pub adds: Option<f64>,
    /// No more than this.
    most: Option<f64>,
    /// Set to this, in place of any number.
    pub set: Option<&'static str>,
}

impl Turn {
    /// Of a number with its unit behind it; none where there is no number.
    pub fn of(path: &str, text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let from = text[..end].parse().ok()?;
        Some(Self { unit: text[end..].to_owned(), ..Self::number(path, from) })
    }

    pub fn number(path: &str, from: f64) -> Self {
        Self { path: path.to_owned(), from, unit: String::new(), adds: None, most: None, set: None }
    }

    /// Of what is set to nothing at once.
    pub fn set(path: String, to: &'static str) -> Self {
        Self { set: Some(to), ..Self::number(&path, 0.0) }
    }

    /// Grows by so much for each doubling less one.
    pub fn adding(self, adds: f64) -> Self {
        Self { adds: Some(adds), ..self }
    }

    pub fn at_most(self, most: f64) -> Self {
        Self { most: Some(most), ..self }
    }

    /// A value as it is written.
    pub fn text(&self, value: f64) -> String {
        let value = self.most.map_or(value, |most| value.min(most));
        let text = format!("{value:.6}");
        format!("{}{}", text.trim_end_matches('0').trim_end_matches('.'), self.unit)
    }

    /// As it is written before it is turned.
    pub fn before(&self) -> String {
        if self.set.is_some() { "as it is".to_owned() } else { self.text(self.from) }
    }

    /// As it is written when its lever alone is turned so far.
    pub fn after(&self, level: u32) -> String {
        match (self.set, self.adds) {
            (Some(text), _) => text.to_owned(),
            (None, Some(adds)) => self.text(self.from + adds * (factor(level) - 1.0)),
            (None, None) => self.text(self.from * factor(level)),
        }
    }
}

/// Of so many doublings.
pub fn factor(level: u32) -> f64 {
    f64::from(1u32 << level.min(30))
}
