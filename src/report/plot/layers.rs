//! A layered layout: boxes in columns, links from left to right, so that neither boxes nor labels ever lie upon one another.
//!
//! ```text
//! ┌───┐         label ┌───┐      gap = turn + room for the longest label;   a link that passes a column has a place of its own in it
//! │ a ├──╲────────────▶ b │      each link into a box has its own port, a text's height from the next
//! └───┘   ╲___________▶   │      a box is as high as its ports need
//! ```
//!
//! Columns are longest paths from the sources; links against the order (cycles) are laid the other way round and keep their arrow. The order in a column
//! comes from the mean place of neighbours, in a few sweeps. Left out: the fewest crossings possible.

use super::canvas::Point;

/// What is to be laid out.
#[derive(Clone, Debug)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// Room that its label needs, in pixels.
    pub label: f64,
}

/// How large things are, in pixels.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub box_width: f64,
    pub box_height: f64,
}

/// Where all is, from (0, 0).
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub size: Point,
    /// Upper left and lower right corner of each box.
    pub boxes: Vec<(Point, Point)>,
    /// Of each link.
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, Default)]
pub struct Route {
    /// From left to right; the last stretch is level, with the label above it.
    pub points: Vec<Point>,
    /// The arrow's tip is at the first point.
    pub is_reversed: bool,
}

/// Across which a link changes its height.
const TURN: f64 = 56.0;
/// For the arrow, beside the label.
const ARROW: f64 = 26.0;
const PORT: f64 = 30.0;
const GAP: f64 = 34.0;
const SWEEPS: usize = 6;

/// Boxes and the places of passing links, by column.
struct Columns {
    /// Heights of items; boxes come first, in their order.
    heights: Vec<f64>,
    columns: Vec<Vec<usize>>,
    /// The items of each link, one a column; empty for a link from a box to itself.
    chains: Vec<Vec<usize>>,
    reversed: Vec<bool>,
    /// Middles of items.
    y: Vec<f64>,
}

pub fn layout(boxes: usize, links: &[Link], sizes: Sizes) -> Layout {
    let mut columns = Columns::new(boxes, links, sizes);
    columns.sort();
    columns.place();
    columns.drawn(boxes, links, sizes)
}

/// Boxes so that most links lead to a later one: by incoming links; where a cycle leaves none free, the first in the file.
fn order(boxes: usize, links: &[Link]) -> Vec<usize> {
    let (mut rank, mut left) = (vec![usize::MAX; boxes], vec![0usize; boxes]);
    links.iter().filter(|l| l.from != l.to).for_each(|l| left[l.to] += 1);
    for next in 0..boxes {
        let open = || (0..boxes).filter(|v| rank[*v] == usize::MAX);
        let Some(v) = open().find(|v| left[*v] == 0).or_else(|| open().next()) else { break };
        rank[v] = next;
        links.iter().filter(|l| l.from == v && l.to != v).for_each(|l| left[l.to] = left[l.to].saturating_sub(1));
    }
    rank
}

impl Columns {
    fn new(boxes: usize, links: &[Link], sizes: Sizes) -> Columns {
        let rank = order(boxes, links);
        let reversed: Vec<bool> = links.iter().map(|l| rank[l.from] > rank[l.to]).collect();
        let ends = |i: usize| if reversed[i] { (links[i].to, links[i].from) } else { (links[i].from, links[i].to) };
        let mut by_rank: Vec<usize> = (0..boxes).collect();
        by_rank.sort_by_key(|v| rank[*v]);
        let mut column = vec![0; boxes];
        for v in by_rank {
            let before = (0..links.len()).map(ends).filter(|(from, to)| *to == v && *from != v).map(|(from, _)| column[from] + 1);
            column[v] = before.max().unwrap_or(0);
        }
        let mut found = Columns {
            heights: vec![sizes.box_height; boxes],
            columns: vec![Vec::new(); column.iter().max().map_or(0, |last| last + 1)],
            chains: Vec::new(),
            reversed,
            y: Vec::new(),
        };
        (0..boxes).for_each(|v| found.columns[column[v]].push(v));
        for (index, link) in links.iter().enumerate() {
            let (from, to) = if found.reversed[index] { (link.to, link.from) } else { (link.from, link.to) };
            let chain = if from == to { Vec::new() } else { found.chain(from, to, &column) };
            found.chains.push(chain);
        }
        for v in 0..boxes {
            let ports = |end: fn(&Vec<usize>) -> Option<&usize>| found.chains.iter().filter(|c| end(c) == Some(&v)).count();
            let most = ports(|c| c.first()).max(ports(|c| c.last()));
            found.heights[v] = sizes.box_height.max(PORT * (most as f64 + 1.0));
        }
        found
    }

    /// The items of a link, with a place in each column that it passes.
    fn chain(&mut self, from: usize, to: usize, column: &[usize]) -> Vec<usize> {
        let mut chain = vec![from];
        for passed in column[from] + 1..column[to] {
            let item = self.heights.len();
            self.heights.push(PORT);
            self.columns[passed].push(item);
            chain.push(item);
        }
        chain.push(to);
        chain
    }

    /// The items before or after each item.
    fn neighbours(&self, before: bool) -> Vec<Vec<usize>> {
        let mut found = vec![Vec::new(); self.heights.len()];
        for pair in self.chains.iter().flat_map(|chain| chain.windows(2)) {
            if before { found[pair[1]].push(pair[0]) } else { found[pair[0]].push(pair[1]) }
        }
        found
    }

    /// Puts items near their neighbours, column by column, to and fro.
    fn sort(&mut self) {
        let neighbours = [self.neighbours(true), self.neighbours(false)];
        let mut place = vec![0.0; self.heights.len()];
        let number = |column: &[usize], place: &mut [f64]| {
            column.iter().enumerate().for_each(|(i, item)| place[*item] = (i as f64 + 0.5) / column.len() as f64);
        };
        self.columns.iter().for_each(|column| number(column, &mut place));
        for sweep in 0..SWEEPS {
            let count = self.columns.len();
            for i in 0..count {
                let column = &mut self.columns[if sweep % 2 == 0 { i } else { count - 1 - i }];
                let key = |item: &usize| mean(neighbours[sweep % 2][*item].iter().map(|n| place[*n])).unwrap_or(place[*item]);
                column.sort_by(|a, b| key(a).total_cmp(&key(b)));
                number(column, &mut place);
            }
        }
    }

    /// Gives every item its height: as near to its neighbours as the others allow.
    fn place(&mut self) {
        self.y = vec![0.0; self.heights.len()];
        for i in 0..self.columns.len() {
            self.settle(i, &vec![Vec::new(); self.heights.len()]);
        }
        for sweep in 0..SWEEPS {
            let neighbours = self.neighbours(sweep % 2 == 0);
            let count = self.columns.len();
            (0..count).for_each(|i| self.settle(if sweep % 2 == 0 { i } else { count - 1 - i }, &neighbours));
        }
        let top = (0..self.y.len()).map(|i| self.y[i] - self.heights[i] / 2.0).fold(f64::INFINITY, f64::min);
        self.y.iter_mut().for_each(|y| *y -= top);
    }

    fn settle(&mut self, column: usize, neighbours: &[Vec<usize>]) {
        let items = &self.columns[column];
        let wanted: Vec<f64> = items.iter().map(|item| mean(neighbours[*item].iter().map(|n| self.y[*n])).unwrap_or(self.y[*item])).collect();
        let mut free = f64::NEG_INFINITY;
        for (item, wanted) in items.iter().zip(&wanted) {
            let half = self.heights[*item] / 2.0;
            self.y[*item] = wanted.max(free + half);
            free = self.y[*item] + half + GAP;
        }
        let off = mean(items.iter().zip(&wanted).map(|(item, wanted)| wanted - self.y[*item])).unwrap_or(0.0);
        self.columns[column].iter().for_each(|item| self.y[*item] += off);
    }

    /// Where a column begins, for each, and where the last one ends.
    fn lefts(&self, links: &[Link], sizes: Sizes) -> Vec<f64> {
        let mut column_of = vec![0; self.heights.len()];
        self.columns.iter().enumerate().for_each(|(i, column)| column.iter().for_each(|item| column_of[*item] = i));
        let mut labels = vec![0.0; self.columns.len() + 1];
        for (chain, link) in self.chains.iter().zip(links) {
            let Some(last) = chain.last() else { continue };
            let room: &mut f64 = &mut labels[column_of[*last]];
            *room = room.max(link.label);
        }
        let mut lefts = vec![0.0];
        for label in &labels[1..] {
            lefts.push(lefts.last().copied().unwrap_or(0.0) + sizes.box_width + TURN + label + ARROW);
        }
        lefts
    }

    fn drawn(&self, boxes: usize, links: &[Link], sizes: Sizes) -> Layout {
        let lefts = self.lefts(links, sizes);
        let mut layout = Layout { boxes: vec![Default::default(); boxes], ..Layout::default() };
        for (column, left) in self.columns.iter().zip(&lefts) {
            for v in column.iter().filter(|item| **item < boxes) {
                let half = self.heights[*v] / 2.0;
                layout.boxes[*v] = ((*left, self.y[*v] - half), (left + sizes.box_width, self.y[*v] + half));
            }
        }
        layout.routes = (0..links.len()).map(|i| self.route(i, boxes, &lefts, sizes)).collect();
        let bottom = (0..self.y.len()).map(|i| self.y[i] + self.heights[i] / 2.0).fold(0.0, f64::max);
        layout.size = (lefts[self.columns.len().saturating_sub(1)] + sizes.box_width, bottom);
        layout
    }

    /// The height at which a link leaves or enters an item.
    fn port(&self, link: usize, item: usize, boxes: usize, is_entering: bool) -> f64 {
        if item >= boxes {
            return self.y[item];
        }
        let other = |chain: &[usize]| if is_entering { chain[chain.len() - 2] } else { chain[1] };
        let is_here = |chain: &[usize]| (if is_entering { chain.last() } else { chain.first() }) == Some(&item);
        let mut here: Vec<(f64, usize)> =
            self.chains.iter().enumerate().filter(|(_, chain)| is_here(chain)).map(|(i, chain)| (self.y[other(chain)], i)).collect();
        here.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = here.iter().position(|(_, i)| *i == link).unwrap_or(0) as f64;
        self.y[item] + self.heights[item] * ((place + 1.0) / (here.len() as f64 + 1.0) - 0.5)
    }

    fn route(&self, link: usize, boxes: usize, lefts: &[f64], sizes: Sizes) -> Route {
        let mut route = Route { points: Vec::new(), is_reversed: self.reversed[link] };
        let chain = &self.chains[link];
        for pair in chain.windows(2) {
            let column = self.columns.iter().position(|column| column.contains(&pair[0])).unwrap_or(0);
            let right = lefts[column] + sizes.box_width;
            let (from, to) = (self.port(link, pair[0], boxes, false), self.port(link, pair[1], boxes, true));
            route.points.extend([(right, from), (right + TURN, to), (lefts[column + 1], to)]);
        }
        route
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then(|| sum / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes { box_width: 100.0, box_height: 60.0 };

    fn laid(boxes: usize, links: &[(usize, usize)]) -> Layout {
        let links: Vec<Link> = links.iter().map(|(from, to)| Link { from: *from, to: *to, label: 50.0 }).collect();
        layout(boxes, &links, SIZES)
    }

    fn overlap(a: &(Point, Point), b: &(Point, Point)) -> bool {
        a.0.0 < b.1.0 && b.0.0 < a.1.0 && a.0.1 < b.1.1 && b.0.1 < a.1.1
    }

    #[test]
    fn a_chain_goes_straight_to_the_right() {
        let layout = laid(3, &[(0, 1), (1, 2)]);
        assert!(layout.boxes.windows(2).all(|pair| pair[0].1.0 + TURN + 50.0 < pair[1].0.0 && pair[0].0.1 == pair[1].0.1));
        assert!(layout.routes.iter().all(|r| r.points[0].1 == r.points[2].1));
    }

    #[test]
    fn no_two_boxes_touch_and_no_link_passes_through_one() {
        let links = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 5), (3, 5), (4, 5), (0, 5), (4, 6), (1, 6), (6, 1), (6, 6)];
        let layout = laid(7, &links);
        for (i, a) in layout.boxes.iter().enumerate() {
            assert!(layout.boxes[..i].iter().all(|b| !overlap(a, b)));
        }
        for level in layout.routes.iter().flat_map(|r| r.points.windows(2)).filter(|p| p[0].1 == p[1].1) {
            let within = |b: &(Point, Point)| b.0.1 < level[0].1 && level[0].1 < b.1.1 && level[0].0 < b.1.0 && b.0.0 < level[1].0;
            assert!(!layout.boxes.iter().any(within), "{level:?}");
        }
    }

    #[test]
    fn labels_into_one_column_are_a_line_apart() {
        let layout = laid(6, &[(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)]);
        let mut ends: Vec<f64> = layout.routes.iter().map(|r| r.points[2].1).collect();
        ends.sort_by(f64::total_cmp);
        assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= 20.0), "{ends:?}");
    }

    #[test]
    fn a_cycle_is_laid_out_and_keeps_its_arrow() {
        let layout = laid(2, &[(0, 1), (1, 0)]);
        assert_eq!(layout.routes.iter().map(|r| r.is_reversed).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn nothing_and_one_alone_have_a_layout() {
        assert!(laid(0, &[]).boxes.is_empty());
        assert_eq!(laid(1, &[]).size, (100.0, 60.0));
    }
}
