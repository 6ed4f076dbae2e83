//! Dates in addresses: what a calendar varies, and what is left of the address without it. Pure.

use std::time::{SystemTime, UNIX_EPOCH};

use url::Url;

/// Years that can be meant.
const YEARS: std::ops::RangeInclusive<u32> = 1800..=2999;
/// Parameters that hold a date, a month or a day.
const DATE_NAMES: &[&str] = &[
    "cal",
    "cal_date",
    "caldate",
    "calendar",
    "d",
    "datum",
    "date",
    "day",
    "dt",
    "end",
    "event-date",
    "eventdate",
    "from",
    "month",
    "monat",
    "mois",
    "s_date",
    "start",
    "start_date",
    "startdate",
    "tag",
    "to",
    "tribe-bar-date",
    "until",
    "week",
    "woche",
    "ym",
    "ymd",
];
/// Parameters that hold a year, and those that hold its month.
const YEAR_NAMES: &[&str] = &["annee", "jahr", "y", "year", "yr"];
const MONTH_NAMES: &[&str] = &["m", "mo", "mois", "mon", "monat", "month", "week", "woche"];
/// Folders below which digits in a row are a date.
const CALENDARS: &[&str] = &[
    "agenda",
    "cal",
    "calendar",
    "calendrier",
    "date",
    "day",
    "events",
    "kalender",
    "month",
    "schedule",
    "termine",
    "week",
];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month {
    /// Year.
    pub(crate) year: u32,
    /// 1 to 12.
    pub(crate) month: u32,
}

impl Month {
    /// The month of a time, in UTC.
    pub(crate) fn of(time: SystemTime) -> Month {
        let mut days = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
        let (mut year, mut month) = (1970, 1);
        loop {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                4 | 6 | 9 | 11 => 30,
                2 => 28 + u64::from(leap),
                _ => 31,
            };
            if days < length {
                return Month { year, month };
            }
            days -= length;
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
    }
}

/// The month in an address that holds a date, and the address's path and query with `*` in its place: addresses that are
/// alike but for their date are pages of one calendar.
pub(crate) fn dated(url: &Url) -> Option<(String, Month)> {
    let (path, in_path) = path(url.path());
    let (query, in_query) = query(url.query().unwrap_or_default());
    let month = in_path.or(in_query)?;
    Some((if query.is_empty() { path } else { format!("{path}?{query}") }, month))
}

fn path(path: &str) -> (String, Option<Month>) {
    let segments: Vec<&str> = path.split('/').collect();
    let mut out: Vec<&str> = Vec::with_capacity(segments.len());
    let mut found = None;
    let mut at = 0;
    while let Some(segment) = segments.get(at) {
        let below_calendar = out.iter().any(|s| CALENDARS.contains(&s.to_ascii_lowercase().as_str()));
        let next = segments.get(at + 1).and_then(|s| month_of(s));
        match (date(segment, below_calendar), year_of(segment), next) {
            (Some(month), _, _) => {
                found = found.or(Some(month));
                out.push("*");
            }
            (None, Some(year), Some(month)) => {
                found = found.or(Some(Month { year, month }));
                out.push("*");
                at += 1;
                let is_day =
                    |s: &&str| (1..=2).contains(&s.len()) && s.parse().is_ok_and(|d: u32| (1..=31).contains(&d));
                at += usize::from(segments.get(at + 1).is_some_and(is_day));
            }
            _ => out.push(segment),
        }
        at += 1;
    }
    (out.join("/"), found)
}

fn query(query: &str) -> (String, Option<Month>) {
    let pairs: Vec<(&str, &str)> =
        query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, ""))).collect();
    let is = |names: &[&str], name: &str| names.contains(&name.to_ascii_lowercase().as_str());
    let named = |names: &[&str]| pairs.iter().find(|(name, _)| is(names, name)).map(|(_, value)| *value);
    let year = named(YEAR_NAMES).and_then(year_of);
    let month = year.map(|year| Month { year, month: named(MONTH_NAMES).and_then(month_of).unwrap_or(12) });
    let mut found = month;
    let mut out = Vec::with_capacity(pairs.len());
    for (name, value) in &pairs {
        let whole = date(value, is(DATE_NAMES, name));
        found = found.or(whole);
        let part = month.is_some() && (is(YEAR_NAMES, name) || is(MONTH_NAMES, name) || is(DATE_NAMES, name));
        let shown = if whole.is_some() || part { "*" } else { value };
        out.push(format!("{name}={shown}"));
    }
    out.sort();
    (out.join("&"), found)
}

fn year_of(text: &str) -> Option<u32> {
    text.parse().ok().filter(|year| text.len() == 4 && YEARS.contains(year))
}

fn month_of(text: &str) -> Option<u32> {
    let name = |text: &str| {
        let head = text.get(..3)?.to_ascii_lowercase();
        let at = MONTHS.iter().position(|month| *month == head)?;
        text.bytes().all(|b| b.is_ascii_alphabetic()).then(|| u32::try_from(at).ok().map(|at| at + 1)).flatten()
    };
    let number = text.parse().ok().filter(|month| (1..=2).contains(&text.len()) && (1..=12).contains(month));
    number.or_else(|| name(text).filter(|_| text.len() <= 9))
}

/// A date in one piece: `2024-05`, `2024-05-17`, `17-05-2024`, `may-2024`, `2024-W20`, and without marks where `bare`.
fn date(text: &str, bare: bool) -> Option<Month> {
    let text = text.rsplit_once('.').map_or(text, |(name, _)| name);
    // A time of day may follow.
    let text = text.split(['T', ' ', '+']).next().unwrap_or_default();
    let parts: Vec<&str> = text.split(['-', '_', '.', '/']).collect();
    let month = |year: &str, month: &str| Some(Month { year: year_of(year)?, month: month_of(month)? });
    let is_day = |text: &str| text.len() <= 2 && text.parse().is_ok_and(|day: u32| (1..=31).contains(&day));
    match parts.as_slice() {
        [year, week] if week.len() == 3 && week.starts_with(['W', 'w']) => {
            let week: u32 = week.get(1..)?.parse().ok().filter(|week| (1..=53).contains(week))?;
            Some(Month { year: year_of(year)?, month: (week / 5 + 1).min(12) })
        }
        [a, b] => month(a, b).or_else(|| month(b, a)),
        [a, b, day] if is_day(day) => month(a, b),
        [day, b, c] if is_day(day) => month(c, b).or_else(|| month(c, day).filter(|_| is_day(b))),
        [all] if bare && (all.len() == 6 || all.len() == 8) => month(all.get(..4)?, all.get(4..6)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn calendars_are_told_from_pages_with_a_number() {
        for (address, wanted) in [
            ("/calendar/2024/05", Some(("/calendar/*", 2024, 5))),
            ("/calendar/2024/5/17/", Some(("/calendar/*/", 2024, 5))),
            ("/2024/may/", Some(("/*/", 2024, 5))),
            ("/events/2024-05-17", Some(("/events/*", 2024, 5))),
            ("/events/17-05-2024.html", Some(("/events/*", 2024, 5))),
            ("/events/202405", Some(("/events/*", 2024, 5))),
            ("/week/2024-W20", Some(("/week/*", 2024, 5))),
            ("/cal?month=2024-05&view=list", Some(("/cal?month=*&view=list", 2024, 5))),
            ("/cal?view=list&month=2024-06", Some(("/cal?month=*&view=list", 2024, 6))),
            ("/cal?year=2031&month=2", Some(("/cal?month=*&year=*", 2031, 2))),
            ("/cal?y=2031", Some(("/cal?y=*", 2031, 12))),
            ("/cal?date=20310214", Some(("/cal?date=*", 2031, 2))),
            ("/cal?start=2031-02-14T10:00", Some(("/cal?start=*", 2031, 2))),
            ("/2024/05/some-post", Some(("/*/some-post", 2024, 5))),
            ("/item/202405", None),
            ("/item/2024", None),
            ("/item?id=202405", None),
            ("/item?year=24", None),
            ("/model-2024", None),
            ("/news/2024/13", None),
            ("/list?month=13", None),
            ("/%C3%A9?date=%C3%A9", None),
            ("/", None),
        ] {
            let url = Url::parse("https://shop.test").unwrap().join(address).unwrap();
            let wanted = wanted.map(|(shape, year, month)| (shape.to_owned(), Month { year, month }));
            assert_eq!(dated(&url), wanted, "{address}");
        }
    }

    #[test]
    fn a_time_has_its_month() {
        for (seconds, year, month) in [
            (0, 1970, 1),
            (951_782_399, 2000, 2),
            (951_868_800, 2000, 3),
            (1_735_689_599, 2024, 12),
            (1_735_689_600, 2025, 1),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(Month::of(time), Month { year, month }, "{seconds}");
        }
    }
}
