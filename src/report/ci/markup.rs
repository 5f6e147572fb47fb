//! The verdict for programs that run gates: `JUnit` XML, annotations of GitHub Actions, Markdown. Texts of the image
//! are made safe for each.

use std::borrow::Cow;
use std::io::{self, Write};

use super::{amount, heading, name, part, parts, sentence, summary};
use crate::analysis::ci::{Part, Status, Verdict};
use crate::image::Image;
use crate::report::sanitise::sanitise;
use crate::report::size::human;

/// One test case for each rule.
pub fn junit(image: &Image, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let count = |status| verdict.rules.iter().filter(|rule| rule.status == status).count();
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"0\"",
        verdict.rules.len(),
        count(Status::Fail),
        count(Status::Skip)
    );
    let name = xml(&name(image));
    let mut failed = parts(verdict).into_iter();
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"hadal ci\" {counts}>")?;
    writeln!(out, "  <testsuite name=\"{name}\" {counts}>")?;
    for rule in &verdict.rules {
        write!(out, "    <testcase classname=\"{name}\" name=\"{}\"", xml(rule.name))?;
        match rule.status {
            Status::Pass => writeln!(out, "/>")?,
            Status::Skip => writeln!(out, "><skipped message=\"{}\"/></testcase>", xml(&rule.detail))?,
            Status::Fail => {
                writeln!(out, ">\n      <failure message=\"{}\">", xml(&sentence(rule)))?;
                let parts = failed.next().map_or(&[][..], |(_, parts)| parts);
                for line in lines(image, parts) {
                    writeln!(out, "{}", xml(&line))?;
                }
                writeln!(out, "      </failure>\n    </testcase>")?;
            }
        }
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

/// An error for each rule that failed, a notice for the rest together.
pub fn github(image: &Image, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let name = name(image);
    for (rule, parts) in parts(verdict) {
        let mut text = format!("{name}: {}", sentence(rule));
        for line in lines(image, parts) {
            text += "\n";
            text += &line;
        }
        // Line breaks are ours alone: those of the image are visible by now.
        let text: Vec<_> = text.lines().map(|line| sanitise(line.as_bytes()).into_owned()).collect();
        writeln!(out, "::error title=hadal ci%3A {}::{}", rule.name, command(&text.join("\n")))?;
    }
    let text = format!("{name}: {}", summary(verdict));
    writeln!(out, "::notice title=hadal ci::{}", command(&sanitise(text.as_bytes())))
}

/// A table of the rules and, for those that failed, what weighs most.
pub fn markdown(image: &Image, verdict: &Verdict, out: &mut dyn Write) -> io::Result<()> {
    let mark = if verdict.passed { "✅" } else { "❌" };
    writeln!(out, "### {mark} {}: {}\n", plain(&name(image)), summary(verdict))?;
    writeln!(out, "| | Rule | Actual | Limit | |\n|---|---|---:|---:|---|")?;
    for rule in &verdict.rules {
        let mark = match rule.status {
            Status::Pass => "✅ pass",
            Status::Fail => "❌ fail",
            Status::Skip => "➖ skip",
        };
        let (actual, limit) = (plain(&amount(&rule.actual)), plain(&amount(&rule.limit)));
        writeln!(out, "| {mark} | {} | {actual} | {limit} | {} |", rule.name, plain(&rule.detail))?;
    }
    for (rule, parts) in parts(verdict).into_iter().filter(|(_, parts)| !parts.is_empty()) {
        writeln!(out, "\n**{}**: {}\n", rule.name, heading(rule))?;
        writeln!(out, "| Bytes | Path | Shipped by | Then |\n|---:|---|---|---|")?;
        for one in parts {
            let [path, layer, fate] = part(image, one).map(|text| plain(&text));
            let bytes = if one.bytes > 0 { human(one.bytes) } else { String::new() };
            writeln!(out, "| {bytes} | {path} | {layer} | {fate} |")?;
        }
    }
    Ok(())
}

/// What weighs most, one line each.
fn lines<'a>(image: &'a Image, parts: &'a [Part]) -> impl Iterator<Item = String> + 'a {
    parts.iter().map(|one| {
        let [path, layer, fate] = part(image, one);
        let bytes = if one.bytes > 0 { human(one.bytes) } else { String::new() };
        let texts = [bytes, path, layer, fate];
        let texts: Vec<Cow<'_, str>> =
            texts.iter().filter(|text| !text.is_empty()).map(|text| sanitise(text.as_bytes())).collect();
        texts.join(", ")
    })
}

/// Text for XML, elements and attributes alike; what XML cannot hold is made visible before.
fn xml(text: &str) -> String {
    let mut out = String::new();
    for letter in sanitise(text.as_bytes()).chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&apos;",
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}

/// Text of a workflow command.
fn command(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text that Markdown, and HTML in it, takes literally; also inside a table.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for letter in sanitise(text.as_bytes()).chars() {
        match letter {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            // A mention or a link would reach somebody.
            '@' => out += "&#64;",
            ':' => out += "&#58;",
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '$' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out
}
