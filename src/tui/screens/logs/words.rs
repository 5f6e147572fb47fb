//! Times and runs in words.

use jiff::Timestamp;

use crate::container::exit;
use crate::container::log::Run;
use crate::report::age::age;

/// `3 h ago`
pub fn ago(time: Timestamp, now: Timestamp) -> String {
    format!("{} ago", age(time, now))
}

/// `2026-11-21 10:35:28`
pub fn clock(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `10:35:28.130`
pub fn of_day(time: Timestamp) -> String {
    time.strftime("%H:%M:%S%.3f").to_string()
}

/// What stands before the first line of a run.
pub fn begins(run: &Run, before: Option<&Run>) -> String {
    let when = |finished: Timestamp| match finished.strftime("%F").to_string()
        == run.started.strftime("%F").to_string()
    {
        true => finished.strftime("%T").to_string(),
        false => clock(finished),
    };
    let before = match before {
        Some(Run { finished: Some(finished), exit_code: Some(code), .. }) => {
            format!(" · run before: exit {}, {}", exit::words(*code), when(*finished))
        }
        Some(Run { finished: Some(finished), .. }) => format!(" · run before ended {}", when(*finished)),
        _ => String::new(),
    };
    format!("started {}{before}", clock(run.started))
}

/// A time as it is typed: of the day of `like`, or with its date, or how long before `now`.
pub fn typed(text: &str, like: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    let day = || like.strftime("%Y-%m-%d").to_string();
    let units = [("s", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86_400)];
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if let Some((_, seconds)) = units.iter().find(|(name, _)| *name == unit.trim()) {
        let seconds = number.parse::<i64>().ok()?.checked_mul(*seconds)?;
        return Timestamp::from_second(now.as_second().checked_sub(seconds)?).ok();
    }
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (date.to_owned(), time.trim_end_matches('Z')),
        None if text.contains(':') => (day(), text.trim_end_matches('Z')),
        None => (text.to_owned(), "00:00"),
    };
    let seconds = if time.matches(':').count() == 1 { ":00" } else { "" };
    format!("{date}T{time}{seconds}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_understood_as_people_type_them() {
        let like: Timestamp = "2026-11-21T10:35:28Z".parse().unwrap();
        let now: Timestamp = "2026-11-22T00:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("10:30", Some("2026-11-21T10:30:00Z")),
            ("10:30:05.5", Some("2026-11-21T10:30:05.5Z")),
            ("2026-11-20", Some("2026-11-20T00:00:00Z")),
            ("2026-11-20 08:15", Some("2026-11-20T08:15:00Z")),
            ("2026-11-20T08:15:00Z", Some("2026-11-20T08:15:00Z")),
            ("90m", Some("2026-11-21T22:30:00Z")),
            ("2 h", Some("2026-11-21T22:00:00Z")),
            ("25:00", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999d", None),
        ] {
            assert_eq!(typed(text, like, now).map(|time| time.to_string()).as_deref(), expected, "{text}");
        }
    }
}
