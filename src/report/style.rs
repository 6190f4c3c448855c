//! How text is dressed: a width, and colours only where they are asked for. Nothing is said by colour alone.
//! Patterns tell apart what colours would, so that a pipe, a monochrome terminal and a colour-blind reader lose nothing.

/// How a report is to look on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// Columns; what is drawn uses 72 to 100.
    pub width: u16,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// ANSI's eight colours, as far as they are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
    Grey,
}

impl Style {
    pub fn columns(&self) -> usize {
        usize::from(self.width).clamp(72, 100)
    }

    pub fn bold(&self, text: &str) -> String {
        self.dress("1", text)
    }

    pub fn dim(&self, text: &str) -> String {
        self.dress("2", text)
    }

    pub fn paint(&self, colour: Colour, text: &str) -> String {
        let code = match colour {
            Colour::Red => "31",
            Colour::Green => "32",
            Colour::Yellow => "33",
            Colour::Blue => "34",
            Colour::Magenta => "35",
            Colour::Cyan => "36",
            Colour::White => "37",
            Colour::Grey => "90",
        };
        self.dress(code, text)
    }

    fn dress(&self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }

    /// A heading with a rule to the right margin.
    pub fn heading(&self, title: &str) -> String {
        let rule = "─".repeat(self.columns().saturating_sub(title.chars().count() + 4));
        format!("{} {} {}\n", self.dim("──"), self.bold(title), self.dim(&rule))
    }
}

/// `text` in a field of `width`, at the right.
pub fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.chars().count())))
}

/// `text` in a field of `width`, at the left; too long a text loses its middle.
pub fn left(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    format!("{text}{}", " ".repeat(width - text.chars().count()))
}

/// `text` with at most `width` characters; the middle goes, as names differ at both ends.
pub fn shortened(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    let tail = width.saturating_sub(1) / 2;
    let head: String = text.chars().take(width.saturating_sub(1) - tail).collect();
    head + "…" + &text.chars().skip(length - tail).collect::<String>()
}

/// Words in lines of at most `width`, each after `indent`.
pub fn wrapped(text: &str, width: usize, indent: &str) -> String {
    let mut lines = vec![String::new()];
    for word in tokens(text) {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(&word);
        } else if indent.chars().count() + line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines.iter().map(|line| format!("{indent}{line}\n")).collect()
}

/// Words, where a number stays with its unit and a quoted name with itself: `10 m 40 s`, `16.0 %`.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let is_unit = |word: &str| matches!(word.trim_end_matches(['.', ',', ';', ':', ')']), "%" | "ns" | "µs" | "ms" | "s" | "m" | "h" | "d");
    for word in text.split(' ') {
        match tokens.last_mut() {
            Some(last) if is_unit(word) => *last = format!("{last} {word}"),
            _ => tokens.push(word.into()),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_never_before_a_unit() {
        assert_eq!(wrapped("it refused 27,310 requests (16.0 %) in all", 22, "  "), "  it refused 27,310\n  requests (16.0 %) in\n  all\n");
    }

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("GET /products/{id}/reviews", 15), "GET /pr…reviews");
        assert_eq!(left("abc", 5), "abc  ");
    }

    #[test]
    fn without_colour_there_are_no_escapes() {
        let style = Style::default();
        assert_eq!(style.bold("x") + &style.paint(Colour::Red, "y"), "xy");
        assert_eq!(style.heading("Latency").trim_end().chars().count(), 100);
    }
}
