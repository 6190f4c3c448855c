//! A white sheet to draw on: lines, areas, boxes and text, in pixels of the picture at its full size, by plotters' SVG backend.
//!
//! ```text
//! drawn(960, 540, "Latency …", |canvas| …)  ──▶  <svg width="960" height="540" viewBox="0 0 1920 1080" role="img" aria-label="Latency …">
//! ```
//!
//! The backend knows whole units only, so a pixel has two of them. Text stays text in the reader's own sans-serif font: no font is read, and widths are
//! estimated by [`width_of`], generously. The backend escapes text; control characters, which XML forbids, become spaces here.

use plotters::prelude::{DrawingBackend, FontDesc, FontFamily, FontStyle, RGBColor, SVGBackend, ShapeStyle, TextStyle};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::{INK, PAPER};

/// Units of the backend in a pixel.
const UNITS: f64 = 2.0;
/// The backend writes a size divided by this.
const EM: f64 = 1.24;
const FAMILY: &str = "Helvetica, Arial, 'DejaVu Sans', sans-serif";

/// Size of labels and ticks; nothing is smaller.
pub const TEXT: f64 = 17.0;
/// Size of a picture's title.
pub const TITLE: f64 = 22.0;

pub type Point = (f64, f64);

/// Which point of a text lies where it is put; in the vertical it is always the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: RGBColor,
    pub anchor: Anchor,
}

impl Type {
    pub const LABEL: Type = Type { size: TEXT, bold: false, colour: INK, anchor: Anchor::Start };

    pub const fn anchored(self, anchor: Anchor) -> Type {
        Type { anchor, ..self }
    }

    pub const fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    pub const fn coloured(self, colour: RGBColor) -> Type {
        Type { colour, ..self }
    }

    pub const fn sized(self, size: f64) -> Type {
        Type { size, ..self }
    }
}

pub struct Canvas<'s> {
    backend: SVGBackend<'s>,
}

/// A picture as SVG.
pub fn drawn(width: f64, height: f64, title: &str, draw: impl FnOnce(&mut Canvas)) -> String {
    let mut svg = String::new();
    let size = ((width.ceil() * UNITS) as u32, (height.ceil() * UNITS) as u32);
    {
        let mut canvas = Canvas { backend: SVGBackend::with_string(&mut svg, size) };
        canvas.rect((0.0, 0.0), (width.ceil(), height.ceil()), PAPER);
        draw(&mut canvas);
        done(canvas.backend.present());
    }
    let (_, body) = svg.split_once('\n').unwrap_or_default();
    // What is so by default need not be said thousands of times. Text cannot hold these: its quotes are escaped.
    let body = body.replace(" opacity=\"1\"", "").replace(" stroke=\"none\"", "").replace(" \"/>", "\"/>");
    let head = format!(
        "<svg width=\"{}\" height=\"{}\" viewBox=\"0 0 {} {}\" xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\">",
        f64::from(size.0) / UNITS,
        f64::from(size.1) / UNITS,
        size.0,
        size.1,
        escaped(title)
    );
    // Without it, boxes side by side show hairlines of paper between them.
    format!("{head}\n<style>rect {{ shape-rendering: crispEdges }}</style>\n{body}")
}

/// A text in memory takes everything.
fn done<E>(result: Result<(), E>) {
    result.unwrap_or(());
}

fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Without what XML does not allow.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c }).collect()
}

fn units((x, y): Point) -> (i32, i32) {
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

fn pen(colour: RGBColor, width: f64) -> ShapeStyle {
    colour.stroke_width((width * UNITS).round().max(1.0) as u32)
}

impl Canvas<'_> {
    /// A line through points.
    pub fn line(&mut self, points: &[Point], colour: RGBColor, width: f64) {
        let mut path: Vec<_> = points.iter().map(|p| units(*p)).collect();
        path.dedup();
        if path.len() > 1 {
            done(self.backend.draw_path(path, &pen(colour, width)));
        }
    }

    /// A straight line in dashes of 8 pixels.
    pub fn dashes(&mut self, from: Point, to: Point, colour: RGBColor, width: f64) {
        const DASH: f64 = 8.0;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = libm::sqrt(dx * dx + dy * dy);
        let at = |along: f64| (from.0 + dx * along / length, from.1 + dy * along / length);
        let mut along = 0.0;
        while along < length {
            self.line(&[at(along), at((along + DASH).min(length))], colour, width);
            along += 2.0 * DASH;
        }
    }

    /// The inside of a polygon.
    pub fn area(&mut self, points: &[Point], colour: RGBColor) {
        let path: Vec<_> = points.iter().map(|p| units(*p)).collect();
        done(self.backend.fill_polygon(path, &colour.filled()));
    }

    /// A filled circle.
    pub fn dot(&mut self, centre: Point, radius: f64, colour: RGBColor) {
        done(self.backend.draw_circle(units(centre), (radius * UNITS).round() as u32, &colour.filled(), true));
    }

    /// A filled box from its upper left to its lower right corner.
    pub fn rect(&mut self, from: Point, to: Point, colour: RGBColor) {
        done(self.backend.draw_rect(units(from), units(to), &colour.filled(), true));
    }

    /// The edge of a box.
    pub fn outline(&mut self, (x0, y0): Point, (x1, y1): Point, colour: RGBColor, width: f64) {
        self.line(&[(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)], colour, width);
    }

    /// A text on one line, its vertical middle at `at`.
    pub fn text(&mut self, at: Point, text: &str, how: Type) {
        let style = if how.bold { FontStyle::Bold } else { FontStyle::Normal };
        let anchor = match how.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let font = FontDesc::new(FontFamily::Name(FAMILY), how.size * UNITS * EM, style);
        let style = TextStyle { font, color: how.colour.to_backend_color(), pos: Pos::new(anchor, VPos::Center) };
        done(self.backend.draw_text(&printable(text), &style, units(at)));
    }
}

/// About how many pixels a text needs: the advance widths of DejaVu Sans, the widest of the usual fonts, in rough classes.
pub fn width_of(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '\'' | '|' => 0.30,
        ' ' | ',' | '.' | 'f' | 't' | 'r' | '/' | ':' | ';' | '(' | ')' | '[' | ']' | '!' | '-' | '`' => 0.38,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '→' | '<' | '>' | '=' | '+' | '…' => 0.92,
        c if c.is_ascii_uppercase() => 0.72,
        c if c.is_ascii() => 0.62,
        c => 0.62 * unicode_width::UnicodeWidthChar::width(c).unwrap_or(1).max(1) as f64 + 0.1,
    };
    text.chars().map(em).sum::<f64>() * size
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_picture() {
        let svg = drawn(100.0, 50.0, "\"<&>\"", |canvas| canvas.text((5.0, 5.0), "<script>&\"'\u{1}", Type::LABEL));
        assert!(svg.contains("aria-label=\"&quot;&lt;&amp;&gt;&quot;\""), "{svg}");
        assert!(svg.contains("&lt;script&gt;&amp;&quot;&apos; "), "{svg}");
        assert!(!svg.contains('\u{1}') && svg.contains("sans-serif") && svg.trim_end().ends_with("</svg>"), "{svg}");
    }

    #[test]
    fn a_picture_has_its_size_and_twice_as_many_units() {
        let svg = drawn(960.0, 540.0, "t", |_| ());
        assert!(svg.starts_with("<svg width=\"960\" height=\"540\" viewBox=\"0 0 1920 1080\""), "{svg}");
    }

    #[test]
    fn text_is_never_taken_for_narrower_than_helvetica() {
        // Adobe's metrics of Helvetica, in thousandths: "Latency" 556+556+278+556+556+500+500, "0123456789" 10 × 556.
        for (text, thousandths) in [("Latency", 3_502.0), ("0123456789", 5_560.0), ("iiii", 888.0), ("WWWW", 3_776.0)] {
            assert!(width_of(text, 1000.0) >= 0.97 * thousandths, "{text}: {}", width_of(text, 1000.0));
        }
    }
}
