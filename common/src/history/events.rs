//! Events that may repeat.

use serde::{Deserialize, Serialize};

/// An hour and a day, in seconds.
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// The most moments that are kept.
const MOST: usize = 64;

/// This many events within a day count as repeated, however far apart they are.
const OFTEN_IN_DAY: usize = 3;

/// The moments of an event, in seconds since 1970: at most 64, and none older than 24 h.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Events(Vec<f64>);

impl Events {
    /// Adds `count` events since the last run, which may be 0. Drops moments older than 24 h, and those in the future,
    /// which come from a wrong clock.
    pub fn note(&mut self, now: f64, count: usize) {
        self.0.retain(|moment| is_within(*moment, now, DAY));
        self.0.extend(std::iter::repeat_n(now, count.min(MOST)));
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    /// The number of events within `seconds` before `now`, at most a day. 64 means "at least 64".
    pub fn within(&self, now: f64, seconds: f64) -> usize {
        self.0.iter().filter(|moment| is_within(**moment, now, seconds)).count()
    }

    /// The number of events within the last hour.
    pub fn within_hour(&self, now: f64) -> usize {
        self.within(now, HOUR)
    }

    /// The number of events within the last 24 h.
    pub fn within_day(&self, now: f64) -> usize {
        self.within(now, DAY)
    }

    /// Whether the event repeats, so that it deserves an alarm: at least `at_least_in_hour` times within the last hour,
    /// or three times within 24 h. A single event is over, and would be OK again at the retry.
    pub fn is_repeated(&self, now: f64, at_least_in_hour: usize) -> bool {
        self.within_hour(now) >= at_least_in_hour.max(1) || self.within_day(now) >= OFTEN_IN_DAY
    }
}

fn is_within(moment: f64, now: f64, seconds: f64) -> bool {
    (0.0..=seconds).contains(&(now - moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: f64 = 1_800_000_000.0;

    fn events(ages: &[f64]) -> Events {
        let mut events = Events::default();
        for age in ages {
            events.note(NOW - age, 1);
        }
        events
    }

    #[test]
    fn an_hour_and_a_day_slide() {
        for (ages, hour, day) in [
            (&[][..], 0, 0),
            (&[0.0], 1, 1),
            (&[HOUR], 1, 1),
            (&[HOUR + 0.1], 0, 1),
            (&[DAY, HOUR + 1.0, 5.0], 1, 3),
            (&[DAY + 0.1, 5.0], 1, 1),
        ] {
            let events = events(ages);
            assert_eq!((events.within_hour(NOW), events.within_day(NOW)), (hour, day), "{ages:?}");
        }
        assert_eq!(events(&[10.0, 5.0, 1.0]).within(NOW, 5.0), 2);
    }

    #[test]
    fn a_single_event_is_over() {
        for (ages, at_least, is_repeated) in [
            (&[][..], 0, false),
            (&[], 2, false),
            (&[1.0], 1, true),
            (&[1.0], 2, false),
            (&[HOUR, 1.0], 2, true),
            (&[HOUR + 1.0, 1.0], 2, false),
            (&[HOUR + 2.0, HOUR + 1.0, 1.0], 2, true),
            (&[DAY, 2.0 * HOUR, 1.5 * HOUR], 2, true),
            (&[DAY + 1.0, 2.0 * HOUR, 1.5 * HOUR], 2, false),
            (&[3.0, 2.0, 1.0], 5, true),
        ] {
            assert_eq!(events(ages).is_repeated(NOW, at_least), is_repeated, "{ages:?} {at_least}");
        }
    }

    #[test]
    fn at_most_a_day_and_64_events_are_kept() {
        let mut events = Events::default();
        events.note(NOW, 2);
        events.note(NOW + 1.0, 1_000_000);
        assert_eq!(events, Events(vec![NOW + 1.0; 64]));
        events.note(NOW + 2.0, 1);
        assert_eq!((events.0.len(), events.0.last()), (64, Some(&(NOW + 2.0))));
        events.note(NOW + 2.0 + DAY, 0);
        assert_eq!(events, Events(vec![NOW + 2.0]));
    }

    #[test]
    fn a_moment_in_the_future_is_dropped() {
        let mut events = events(&[-3600.0, 5.0]);
        assert_eq!(events.within_day(NOW), 1);
        events.note(NOW, 0);
        assert_eq!(events, Events(vec![NOW - 5.0]));
    }

    #[test]
    fn they_are_a_list_of_numbers_in_the_file() {
        let text = "[1800000000.0,1800000000.5]";
        let events: Events = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&events).unwrap(), text);
        assert_eq!(serde_json::from_str::<Events>("[]").unwrap(), Events::default());
    }
}
