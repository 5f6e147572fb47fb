//! `.dive-ci`: dive's rules as YAML. What dive passes over in silence, such as a rule that is misspelt, is an error here.

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::fault::Fault;

/// dive's three rules as they were written; `None` where they were not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DiveRules {
    pub lowest_efficiency: Option<Written>,
    pub highest_wasted_bytes: Option<Written>,
    pub highest_user_wasted_percent: Option<Written>,
}

/// A value and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub text: String,
    pub line: usize,
}

const KEYS: &str = "lowestEfficiency, highestWastedBytes and highestUserWastedPercent";

/// Reads the file's text.
pub(super) fn parse(text: &str) -> Result<DiveRules, Fault> {
    let mut events = Events { parser: Parser::new_from_str(text.trim_start_matches('\u{feff}')) };
    let mut rules = DiveRules::default();
    let mut seen = false;
    loop {
        match events.next()? {
            (Event::StreamEnd, _) => return Ok(rules),
            (Event::StreamStart | Event::DocumentEnd | Event::Nothing, _) => {}
            (Event::DocumentStart(_), line) if seen => {
                return Err(Fault::at(line, "", "a second document, of which nothing would be read"));
            }
            (Event::DocumentStart(_), _) => seen = true,
            (event, _) if is_nothing(&event) => {}
            (Event::MappingStart(..), _) => top(&mut events, &mut rules)?,
            (_, line) => return Err(Fault::at(line, "", "expected `rules:` with the rules below it")),
        }
    }
}

fn top(events: &mut Events<'_>, rules: &mut DiveRules) -> Result<(), Fault> {
    let mut seen = false;
    while let Some((key, line)) = events.key("")? {
        if !key.eq_ignore_ascii_case("rules") {
            let hint = if slot(&mut DiveRules::default(), &key).is_some() {
                "; it stands below `rules:`"
            } else {
                ""
            };
            return Err(Fault::at(line, &key, &format!("unknown key, expected rules{hint}")));
        }
        if std::mem::replace(&mut seen, true) {
            return Err(Fault::at(line, &key, "stands here twice"));
        }
        match events.next()? {
            (event, _) if is_nothing(&event) => {}
            (Event::MappingStart(..), _) => below(events, rules)?,
            (_, line) => return Err(Fault::at(line, "rules", &format!("expected {KEYS} below it"))),
        }
    }
    Ok(())
}

fn below(events: &mut Events<'_>, rules: &mut DiveRules) -> Result<(), Fault> {
    let mut lines: Vec<String> = Vec::new();
    while let Some((key, line)) = events.key("rules")? {
        let name = format!("rules.{key}");
        let Some(slot) = slot(rules, &key) else {
            return Err(Fault::at(line, &name, &format!("unknown rule, expected {KEYS}")));
        };
        if lines.contains(&key.to_ascii_lowercase()) {
            return Err(Fault::at(line, &name, "stands here twice"));
        }
        lines.push(key.to_ascii_lowercase());
        match events.next()? {
            // As in dive, a key without a value changes nothing.
            (event, _) if is_nothing(&event) => {}
            (Event::Scalar(text, style, ..), line) => {
                *slot = Some(Written { text: scalar(&text, style), line });
            }
            (Event::Alias(_), line) => return Err(Fault::at(line, &name, "expected a value, not an alias")),
            (_, line) => return Err(Fault::at(line, &name, "expected one value")),
        }
    }
    Ok(())
}

/// dive's keys are the same in capitals and small letters.
fn slot<'r>(rules: &'r mut DiveRules, key: &str) -> Option<&'r mut Option<Written>> {
    match key.to_ascii_lowercase().as_str() {
        "lowestefficiency" => Some(&mut rules.lowest_efficiency),
        "highestwastedbytes" => Some(&mut rules.highest_wasted_bytes),
        "highestuserwastedpercent" => Some(&mut rules.highest_user_wasted_percent),
        _ => None,
    }
}

/// A number that is written in another way than rules take it, as dive's reader hands it on.
fn scalar(text: &str, style: ScalarStyle) -> String {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    match (style, text.parse::<f64>()) {
        (ScalarStyle::Plain, Ok(number)) if text.contains(['e', 'E']) && number.is_finite() => {
            number.to_string()
        }
        (ScalarStyle::Plain, _) if digits => text.replace('_', ""),
        _ => text.to_owned(),
    }
}

fn is_nothing(event: &Event<'_>) -> bool {
    let Event::Scalar(text, ScalarStyle::Plain, _, None) = event else { return false };
    matches!(&**text, "" | "~" | "null" | "Null" | "NULL")
}

struct Events<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
}

impl<'t> Events<'t> {
    /// The next event and its line.
    fn next(&mut self) -> Result<(Event<'t>, usize), Fault> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => {
                Err(Fault::at(error.marker().line(), "", &format!("no YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    /// The next key of a mapping below `above`, `None` at the mapping's end.
    fn key(&mut self, above: &str) -> Result<Option<(String, usize)>, Fault> {
        match self.next()? {
            (Event::MappingEnd, _) => Ok(None),
            (Event::Scalar(key, ..), line) => Ok(Some((key.into_owned(), line))),
            (_, line) => Err(Fault::at(line, above, "expected the name of a rule")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_dive_reads_them() {
        let written = |text: &str, line| Some(Written { text: text.to_owned(), line });
        let text = "# limits\nrules:\n  lowestEfficiency: 0.95\n  HIGHESTWASTEDBYTES: 20MB # much\n\n  \
                    highestUserWastedPercent: \"0.20\"\n";
        let rules = parse(text).unwrap();
        assert_eq!(rules.lowest_efficiency, written("0.95", 3));
        assert_eq!(rules.highest_wasted_bytes, written("20MB", 4));
        assert_eq!(rules.highest_user_wasted_percent, written("0.20", 6));
        for text in
            ["", " \n", "# nothing\n", "rules:\n", "rules: ~", "rules: {}", "rules:\n  lowestEfficiency:\n"]
        {
            assert_eq!(parse(text).unwrap(), DiveRules::default(), "{text:?}");
        }
        for (text, wanted) in
            [("1e3", "1000"), ("1_000", "1000"), ("off", "off"), ("'1e3'", "1e3"), ("false", "false")]
        {
            let rules = parse(&format!("rules: {{highestWastedBytes: {text}}}")).unwrap();
            assert_eq!(rules.highest_wasted_bytes.unwrap().text, wanted);
        }
    }

    #[test]
    fn mistakes_name_line_and_key() {
        for (text, wanted) in [
            ("rules:\n  lowest: 1\n", "line 2: rules.lowest: unknown rule, expected lowestEfficiency"),
            (
                "lowestEfficiency: 1\n",
                "line 1: lowestEfficiency: unknown key, expected rules; it stands below",
            ),
            (
                "rules:\n  lowestEfficiency: 1\n  lowestefficiency: 1\n",
                "line 3: rules.lowestefficiency: stands here twice",
            ),
            ("rules:\nrules:\n", "line 2: rules: stands here twice"),
            ("rules:\n  lowestEfficiency: [1]\n", "line 2: rules.lowestEfficiency: expected one value"),
            ("rules: 3\n", "line 1: rules: expected"),
            ("- rules\n", "line 1: expected `rules:`"),
            ("rules:\n  lowestEfficiency: 1\n---\nrules:\n", "line 3: a second document"),
            ("rules: [1\n", "line 1: rules: expected"),
            ("rules:\n\tx: 1\n", "line 2: no YAML: "),
            ("rules:\n  lowestEfficiency: \"1\n", "line "),
            ("a: &a 1\n", "line 1: a: unknown key"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(wanted) && !error.contains('\n'), "{text:?}: {error}");
        }
    }
}
