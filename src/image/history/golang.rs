//! Values as Go prints them: `["a" "b"]`, `map[80/tcp:{}]`, structures with and without field names.

/// The texts of `["a" "b"]`; `None` when it is anything else.
pub(super) fn quoted_list(text: &str) -> Option<Vec<String>> {
    let (items, rest) = quoted_items(text)?;
    rest.is_empty().then_some(items)
}

/// [`quoted_list`] at the start of a text, and what follows.
pub(super) fn quoted_items(text: &str) -> Option<(Vec<String>, &str)> {
    let mut rest = text.strip_prefix('[')?;
    let mut items = Vec::new();
    loop {
        if let Some(end) = rest.strip_prefix(']') {
            return Some((items, end));
        }
        if !items.is_empty() {
            rest = rest.strip_prefix(' ')?;
        }
        let (item, after) = quoted(rest, '"')?;
        items.push(item);
        rest = after;
    }
}

/// A quoted text or character at the start of `text`, and what follows.
pub(super) fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut chars = text.strip_prefix(quote)?.chars();
    let mut value = Vec::new();
    loop {
        let c = match chars.next()? {
            c if c == quote => break,
            '\\' => match chars.next()? {
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                // A byte, not a character.
                'x' => {
                    value.push(u8::try_from(hex(&mut chars, 2)?).ok()?);
                    continue;
                }
                'u' => char::from_u32(hex(&mut chars, 4)?)?,
                'U' => char::from_u32(hex(&mut chars, 8)?)?,
                c @ ('\\' | '"' | '\'') => c,
                _ => return None,
            },
            c => c,
        };
        value.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some((String::from_utf8(value).ok()?, chars.as_str()))
}

fn hex(chars: &mut std::str::Chars<'_>, count: usize) -> Option<u32> {
    (0..count).try_fold(0, |value, _| Some(value * 16 + chars.next()?.to_digit(16)?))
}

/// `["a", "b"]`, as a Dockerfile has it.
pub fn json_list<T: AsRef<str>>(items: &[T]) -> String {
    let items: Vec<String> =
        items.iter().map(|item| serde_json::Value::from(item.as_ref()).to_string()).collect();
    format!("[{}]", items.join(", "))
}

/// `[a b c]` without quotes: the words. Where an item held a space, two words come out.
pub(super) fn bare_list(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    (!inner.contains(['"', '['])).then(|| inner.split(' ').filter(|word| !word.is_empty()).collect())
}

/// The keys of `map[a:{} b:{}]`.
pub(super) fn set(text: &str) -> Option<Vec<&str>> {
    let inner = text.strip_prefix("map[")?.strip_suffix(']')?;
    inner.split(' ').filter(|word| !word.is_empty()).map(|word| word.strip_suffix(":{}")).collect()
}

/// A health check as a Dockerfile has it, from `&{["CMD-SHELL" "x"] "30s" "3s" "0s" '\x03'}` or from
/// `{Test:[CMD-SHELL x] Interval:30s …}`; `None` for anything else.
pub(super) fn healthcheck(text: &str) -> Option<String> {
    let inner = text.strip_prefix('&').unwrap_or(text).strip_prefix('{')?.strip_suffix('}')?;
    let (check, values) = match inner.strip_prefix("Test:") {
        Some(named) => named_fields(named)?,
        None => plain_fields(inner)?,
    };
    if check == "NONE" {
        return Some(check);
    }
    let set = values.iter().filter(|(_, value)| !matches!(value.as_str(), "0s" | "0"));
    let mut words: Vec<String> = set.map(|(option, value)| format!("--{option}={}", short(value))).collect();
    words.push(check);
    Some(words.join(" "))
}

type Fields = (String, Vec<(&'static str, String)>);

fn plain_fields(inner: &str) -> Option<Fields> {
    let (test, mut rest) = quoted_items(inner)?;
    let mut durations = Vec::new();
    let retries = loop {
        rest = rest.strip_prefix(' ')?;
        if rest.starts_with('\'') {
            let (character, end) = quoted(rest, '\'')?;
            break end.is_empty().then_some(u32::from(character.chars().next()?))?;
        }
        let (duration, after) = quoted(rest, '"')?;
        durations.push(duration);
        rest = after;
    };
    // Two before Docker 17.05, a fourth since Docker 25.
    let names = ["interval", "timeout", "start-period", "start-interval"];
    if !(2..=names.len()).contains(&durations.len()) {
        return None;
    }
    let mut values: Vec<_> = names.into_iter().zip(durations).collect();
    values.push(("retries", retries.to_string()));
    let test = match test.split_first()? {
        (kind, []) if kind == "NONE" => kind.clone(),
        (kind, [command]) if kind == "CMD-SHELL" => format!("CMD {command}"),
        (kind, words) if kind == "CMD" => format!("CMD {}", json_list(words)),
        _ => return None,
    };
    Some((test, values))
}

fn named_fields(named: &str) -> Option<Fields> {
    let (test, fields) = named.rsplit_once("] Interval:")?;
    let fields = format!("Interval:{fields}");
    let mut values = Vec::new();
    for field in fields.split(' ') {
        let (name, value) = field.split_once(':')?;
        let option = match name {
            "Interval" => "interval",
            "Timeout" => "timeout",
            "StartPeriod" => "start-period",
            "StartInterval" => "start-interval",
            "Retries" => "retries",
            _ => return None,
        };
        values.push((option, value.to_owned()));
    }
    let test = match test.strip_prefix('[')? {
        "NONE" => "NONE".to_owned(),
        // Where one word ends and the next begins is not recorded: no quotes are made up.
        test => match test.strip_prefix("CMD-SHELL ") {
            Some(command) => format!("CMD {command}"),
            None => format!("CMD [{}]", test.strip_prefix("CMD ")?),
        },
    };
    Some((test, values))
}

/// `5m0s` → `5m`: Go prints all smaller units too.
fn short(duration: &str) -> &str {
    let minutes = if duration.ends_with("m0s") { &duration[..duration.len() - 2] } else { duration };
    if minutes.ends_with("h0m") { &minutes[..minutes.len() - 2] } else { minutes }
}
