//! A drawn screen as an SVG picture. The same cells give the same bytes, so that pictures can be compared.
//!
//! A cell is 8 by 16 units. Frames and bars are drawn as shapes: as glyphs they would show gaps wherever a font's
//! lines are not just as high. Words stand at the column where they begin, and `textLength` keeps their length
//! in fonts that are wider or narrower.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// Columns and rows in units.
const WIDE: usize = 8;
const HIGH: usize = 16;
/// From the top of a row to the line that letters stand on.
const BASELINE: usize = 12;
/// Around the cells, and above them for the title.
const MARGIN: usize = 8;
const BAR: usize = 26;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgb(u8, u8, u8);

/// What stands for the colours that a terminal chooses itself.
#[derive(Debug)]
pub struct Palette {
    text: Rgb,
    ground: Rgb,
    frame: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan, grey, then the same again, lighter.
    ansi: [Rgb; 16],
}

const fn rgb(hex: u32) -> Rgb {
    Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const fn all(hex: [u32; 16]) -> [Rgb; 16] {
    let mut out = [rgb(0); 16];
    let mut at = 0;
    while at < 16 {
        out[at] = rgb(hex[at]);
        at += 1;
    }
    out
}

pub const DARK: Palette = Palette {
    text: rgb(0xd5_db_e4),
    ground: rgb(0x14_18_20),
    frame: rgb(0x2a_31_3d),
    ansi: all([
        0x23_2a_35, 0xe5_67_70, 0x8c_c5_70, 0xe0_b4_5f, 0x6a_ab_f0, 0xc5_8f_e6, 0x54_be_ca, 0xb9_c1_cc,
        0x78_83_92, 0xf2_8e_84, 0xa8_d9_8c, 0xf0_cd_86, 0x93_c4_f8, 0xd9_ae_f2, 0x83_d8_e0, 0xf4_f6_f9,
    ]),
};

pub const LIGHT: Palette = Palette {
    text: rgb(0x2a_2f_3a),
    ground: rgb(0xfc_fc_fa),
    frame: rgb(0xdd_e0_e4),
    ansi: all([
        0x2a_2f_3a, 0xba_30_3c, 0x3d_7a_1f, 0x8f_5f_00, 0x21_62_b4, 0x88_3d_ab, 0x11_74_82, 0xd3_d7_dc,
        0x79_81_8d, 0xc9_4a_33, 0x4f_8f_2e, 0xa9_73_0a, 0x3a_7a_cc, 0x9e_56_c0, 0x1f_8a_98, 0xff_ff_ff,
    ]),
};

/// The picture, in a window with `title`; `says` is what it shows, in words.
pub fn svg(buffer: &Buffer, palette: &Palette, title: &str, says: &str) -> String {
    let (columns, rows) = (buffer.area.width as usize, buffer.area.height as usize);
    let (width, height) = (columns * WIDE + 2 * MARGIN, rows * HIGH + BAR + MARGIN);
    let cells = Cells::of(buffer, palette);
    let Palette { text, ground, frame, .. } = palette;
    let mut out = String::new();
    let put = &mut out;
    writeln!(
        put,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13.288" fill="{}">"#,
        hex(*text)
    )
    .unwrap();
    writeln!(put, "<title>{}</title>", escaped(says)).unwrap();
    let (right, bottom) = (width - 1, height - 1);
    let (ground, frame) = (hex(*ground), hex(*frame));
    writeln!(
        put,
        r#"<rect x=".5" y=".5" width="{right}" height="{bottom}" rx="7" fill="{ground}" stroke="{frame}"/>"#
    )
    .unwrap();
    writeln!(put, r#"<path d="M.5 20V7.5a7 7 0 0 1 7 -7H{}a7 7 0 0 1 7 7V20z" fill="{frame}"/>"#, width - 8)
        .unwrap();
    for at in 0..3 {
        writeln!(put, r#"<circle cx="{}" cy="10.5" r="4" fill="{ground}"/>"#, 15 + 14 * at).unwrap();
    }
    let middle = width / 2;
    writeln!(put, r#"<text x="{middle}" y="15" text-anchor="middle">{}</text>"#, escaped(title)).unwrap();
    writeln!(put, r#"<g transform="translate({MARGIN} {BAR})">"#).unwrap();
    for (colour, shapes) in cells.grounds.iter().chain(&cells.shapes) {
        writeln!(put, r#"<path d="{}" fill="{}"/>"#, outline(shapes), hex(*colour)).unwrap();
    }
    for (colour, path) in &cells.arcs {
        writeln!(put, r#"<path d="{path}" fill="none" stroke="{}"/>"#, hex(*colour)).unwrap();
    }
    for run in &cells.runs {
        run.write(*text, put);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// Left, top, width, height.
type Shape = [usize; 4];

/// What is to be drawn, sorted by what can be drawn together.
#[derive(Default)]
struct Cells {
    grounds: BTreeMap<Rgb, Vec<Shape>>,
    shapes: BTreeMap<Rgb, Vec<Shape>>,
    arcs: BTreeMap<Rgb, String>,
    runs: Vec<Run>,
}

impl Cells {
    fn of(buffer: &Buffer, palette: &Palette) -> Cells {
        let mut cells = Cells::default();
        for (row, line) in buffer.content.chunks(buffer.area.width as usize).enumerate() {
            let mut column = 0;
            while let Some(cell) = line.get(column) {
                let taken = cell.symbol().width().max(1);
                cells.add(column * WIDE, row * HIGH, cell, taken, palette);
                column += taken;
            }
        }
        cells.runs.iter_mut().for_each(Run::trim);
        cells.runs.retain(|run| !run.text.is_empty());
        cells
    }

    fn add(&mut self, x: usize, y: usize, cell: &Cell, taken: usize, palette: &Palette) {
        let (ink, ground) = colours(cell, palette);
        if ground != palette.ground {
            self.grounds.entry(ground).or_default().push([x, y, taken * WIDE, HIGH]);
        }
        let mut add = |colour, shape| self.shapes.entry(colour).or_default().push(shape);
        for (modifier, down) in [(Modifier::UNDERLINED, 14), (Modifier::CROSSED_OUT, 8)] {
            if cell.modifier.contains(modifier) {
                add(ink, [x, y + down, taken * WIDE, 1]);
            }
        }
        let one = cell.symbol().chars().next().unwrap_or(' ');
        if let Some([left, top, wide, high]) = block(one) {
            add(ink, [x + left, y + top, wide, high]);
        } else if let Some(share) = shade(one) {
            add(mixed(ink, ground, share), [x, y, WIDE, HIGH]);
        } else if let Some(arms) = arms(one) {
            strokes(arms).for_each(|[left, top, wide, high]| add(ink, [x + left, y + top, wide, high]));
        } else if let Some((right, down)) = corner(one) {
            let (to_x, to_y) = (x + right * WIDE, y + down * HIGH);
            let (x, y) = (x as f64 + 4.5, y as f64 + 8.5);
            let bend = if down == 1 { 4.0 } else { -4.0 };
            let arc = format!("M{to_x} {y}Q{x} {y} {x} {}V{to_y}", y + bend);
            self.arcs.entry(ink).or_default().push_str(&arc);
        } else {
            let bold = cell.modifier.contains(Modifier::BOLD);
            let italic = cell.modifier.contains(Modifier::ITALIC);
            self.write(Run { x, y, cells: taken, ink, bold, italic, text: cell.symbol().to_owned() });
        }
    }

    /// Adds a cell to the run that it continues, or begins another.
    fn write(&mut self, new: Run) {
        if let Some(last) = self.runs.last_mut() {
            let gap = new.text == " " && last.text.ends_with(' ');
            if last.continues(&new) && !gap {
                last.cells += new.cells;
                last.text.push_str(&new.text);
                return;
            }
        }
        if new.text != " " {
            self.runs.push(new);
        }
    }
}

/// Letters of one style side by side.
struct Run {
    x: usize,
    y: usize,
    cells: usize,
    ink: Rgb,
    bold: bool,
    italic: bool,
    text: String,
}

impl Run {
    /// Letters that may come from another font, with other widths, leave the others alone.
    fn continues(&self, new: &Run) -> bool {
        let place = self.y == new.y && self.x + self.cells * WIDE == new.x;
        let style = (self.ink, self.bold, self.italic) == (new.ink, new.bold, new.italic);
        place && style && self.text.is_ascii() == new.text.is_ascii()
    }

    fn trim(&mut self) {
        let kept = self.text.trim_end().len();
        // Only spaces go, and each takes one cell.
        self.cells -= self.text.len() - kept;
        self.text.truncate(kept);
    }

    fn write(&self, usual: Rgb, out: &mut String) {
        let (x, y, length) = (self.x, self.y + BASELINE, self.cells * WIDE);
        write!(out, r#"<text xml:space="preserve" x="{x}" y="{y}" textLength="{length}" lengthAdjust="spacingAndGlyphs""#)
            .unwrap();
        if self.ink != usual {
            write!(out, r#" fill="{}""#, hex(self.ink)).unwrap();
        }
        if self.bold {
            out.push_str(r#" font-weight="bold""#);
        }
        if self.italic {
            out.push_str(r#" font-style="italic""#);
        }
        writeln!(out, ">{}</text>", escaped(&self.text)).unwrap();
    }
}

/// Shapes that touch become one, side by side and then below each other; all of a colour are one path.
fn outline(shapes: &[Shape]) -> String {
    let joined = joined(joined(shapes.to_vec(), 0), 1);
    joined.iter().fold(String::new(), |mut out, [x, y, w, h]| {
        write!(out, "M{x} {y}h{w}v{h}h-{w}z").unwrap();
        out
    })
}

/// Joins shapes along an axis: 0 for columns, 1 for rows.
fn joined(mut shapes: Vec<Shape>, axis: usize) -> Vec<Shape> {
    let other = 1 - axis;
    shapes.sort_unstable_by_key(|shape| (shape[other], shape[other + 2], shape[axis]));
    let mut out: Vec<Shape> = Vec::new();
    for shape in shapes {
        match out.last_mut() {
            Some(last)
                if (last[other], last[other + 2]) == (shape[other], shape[other + 2])
                    && shape[axis] <= last[axis] + last[axis + 2] =>
            {
                last[axis + 2] = last[axis + 2].max(shape[axis] + shape[axis + 2] - last[axis]);
            }
            _ => out.push(shape),
        }
    }
    out
}

/// Bars: eighths from the left and from below, halves from the right and from above.
fn block(symbol: char) -> Option<Shape> {
    let at = |first: char| symbol as usize - first as usize;
    Some(match symbol {
        '▉'..='▏' => [0, 0, 7 - at('▉'), HIGH],
        '▁'..='█' => [0, HIGH - 2 * (at('▁') + 1), WIDE, 2 * (at('▁') + 1)],
        '▀' => [0, 0, WIDE, HIGH / 2],
        '▐' => [WIDE / 2, 0, WIDE / 2, HIGH],
        '▔' => [0, 0, WIDE, 2],
        '▕' => [WIDE - 1, 0, 1, HIGH],
        _ => return None,
    })
}

fn shade(symbol: char) -> Option<f64> {
    [('░', 0.25), ('▒', 0.5), ('▓', 0.75)].iter().find(|(shade, _)| *shade == symbol).map(|(_, share)| *share)
}

/// How heavy the lines are that leave the middle of a cell: left, up, right, down.
fn arms(symbol: char) -> Option<[usize; 4]> {
    const FRAMES: &str = "─1010│0101┌0011┐1001└0110┘1100├0111┤1101┬1011┴1110┼1111╴1000╵0100╶0010╷0001\
        ━2020┃0202┏0022┓2002┗0220┛2200┣0222┫2202┳2022┻2220╋2222╸2000╹0200╺0020╻0002\
        ┝0121┥2101┠0212┨1202┯2021┷2120┰1012┸1210┿2121╂1212";
    let (_, after) = FRAMES.split_once(symbol).filter(|_| !symbol.is_ascii())?;
    let mut digits = after.chars().map(|digit| digit as usize - '0' as usize);
    Some(std::array::from_fn(|_| digits.next().unwrap_or(0)))
}

/// The lines as shapes. A light line is one unit wide, a heavy one two, and each reaches to the far edge of those
/// that cross it.
fn strokes([left, up, right, down]: [usize; 4]) -> impl Iterator<Item = Shape> {
    let (across, along) = (left.max(right), up.max(down));
    let edges = |middle: usize, weight: usize| match weight {
        0 => (middle, middle),
        1 => (middle, middle + 1),
        _ => (middle - 1, middle + 1),
    };
    let (x, y) = (edges(WIDE / 2, along), edges(HIGH / 2, across));
    let line = |middle: usize, weight: usize| (edges(middle, weight).0, weight);
    let ((left_y, left_h), (right_y, right_h)) = (line(HIGH / 2, left), line(HIGH / 2, right));
    let ((up_x, up_w), (down_x, down_w)) = (line(WIDE / 2, up), line(WIDE / 2, down));
    [
        [0, left_y, x.1, left_h],
        [x.0, right_y, WIDE - x.0, right_h],
        [up_x, 0, up_w, y.1],
        [down_x, y.0, down_w, HIGH - y.0],
    ]
    .into_iter()
    .filter(|[_, _, wide, high]| *wide > 0 && *high > 0)
}

/// Round corners: whether they lead to the right, and whether down.
fn corner(symbol: char) -> Option<(usize, usize)> {
    [('╭', (1, 1)), ('╮', (0, 1)), ('╰', (1, 0)), ('╯', (0, 0))]
        .iter()
        .find(|(corner, _)| *corner == symbol)
        .map(|(_, leads)| *leads)
}

/// Ink and ground of a cell, as the terminal would mix them.
fn colours(cell: &Cell, palette: &Palette) -> (Rgb, Rgb) {
    let mut ink = colour(cell.fg, palette.text, palette);
    let mut ground = colour(cell.bg, palette.ground, palette);
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, ground) = (ground, ink);
    }
    if cell.modifier.contains(Modifier::DIM) {
        ink = mixed(ink, ground, 0.6);
    }
    if cell.modifier.contains(Modifier::HIDDEN) {
        ink = ground;
    }
    (ink, ground)
}

fn colour(colour: Color, reset: Rgb, palette: &Palette) -> Rgb {
    let ansi = |at: usize| palette.ansi[at];
    match colour {
        Color::Reset => reset,
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
        Color::Rgb(red, green, blue) => Rgb(red, green, blue),
        Color::Indexed(at @ 0..16) => ansi(at.into()),
        // A cube of six steps each way, then 24 greys.
        Color::Indexed(at @ 16..232) => {
            let step = |of: u8| if of.is_multiple_of(6) { 0 } else { 55 + 40 * (of % 6) };
            let at = at - 16;
            Rgb(step(at / 36), step(at / 6), step(at))
        }
        Color::Indexed(at) => {
            let grey = 8 + 10 * (at - 232);
            Rgb(grey, grey, grey)
        }
    }
}

fn mixed(ink: Rgb, ground: Rgb, share: f64) -> Rgb {
    let mix =
        |ink: u8, ground: u8| (f64::from(ink) * share + f64::from(ground) * (1.0 - share)).round() as u8;
    Rgb(mix(ink.0, ground.0), mix(ink.1, ground.1), mix(ink.2, ground.2))
}

fn hex(Rgb(red, green, blue): Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Text that XML takes for text.
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
        out
    })
}
