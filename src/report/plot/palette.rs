//! One palette for all pictures: the colours of Okabe and Ito, which people with any kind of colour vision tell apart, greys, and a scale of blues.
//! Their yellow is left out: it is too pale for lines.
//!
//! Source: M. Okabe, K. Ito, "Color Universal Design", 2008. The blues are the sequential scheme "Blues" of ColorBrewer 2.0, its palest left out.

use plotters::prelude::RGBColor;

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
/// Text and what is offered.
pub const INK: RGBColor = RGBColor(34, 34, 34);
pub const GREY: RGBColor = RGBColor(102, 102, 102);
pub const GRID: RGBColor = RGBColor(228, 228, 228);
pub const BAND: RGBColor = RGBColor(243, 243, 243);

pub const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub const SKY: RGBColor = RGBColor(86, 180, 233);
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const VERMILION: RGBColor = RGBColor(213, 94, 0);
pub const PURPLE: RGBColor = RGBColor(204, 121, 167);

/// Of lines side by side; the ninth is the sum of the rest.
pub const LINES: [RGBColor; 9] = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK, RGBColor(148, 110, 60), RGBColor(150, 150, 150)];

/// From few to many.
pub const HEAT: [RGBColor; 6] = [
    RGBColor(222, 235, 247),
    RGBColor(198, 219, 239),
    RGBColor(158, 202, 225),
    RGBColor(107, 174, 214),
    RGBColor(33, 113, 181),
    RGBColor(8, 48, 107),
];

/// The kinds of nodes in a topology.
const KINDS: [(&str, RGBColor); 9] = [
    ("workload", INK),
    ("api_gateway", PURPLE),
    ("function_url", PURPLE),
    ("cloudwatch_alarm", VERMILION),
    ("lambda", ORANGE),
    ("dynamodb", BLUE),
    ("sqs", GREEN),
    ("sns", SKY),
    ("server", GREY),
];

/// Of a kind of node; grey where there is none for it yet.
pub fn of_kind(kind: &str) -> RGBColor {
    KINDS.iter().find(|(name, _)| *name == kind).map_or(GREY, |(_, colour)| *colour)
}

/// A colour mixed with white: `share` of it is left.
pub fn pale(colour: RGBColor, share: f64) -> RGBColor {
    let mix = |c: u8| (255.0 - (255.0 - f64::from(c)) * share).round() as u8;
    RGBColor(mix(colour.0), mix(colour.1), mix(colour.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pale_goes_from_white_to_the_colour() {
        assert_eq!([0.0, 1.0].map(|share| pale(BLUE, share)), [PAPER, BLUE]);
    }

    #[test]
    fn no_two_lines_are_of_one_colour() {
        let mut colours: Vec<_> = LINES.iter().map(|c| (c.0, c.1, c.2)).collect();
        colours.sort_unstable();
        colours.dedup();
        assert_eq!(colours.len(), LINES.len());
    }
}
