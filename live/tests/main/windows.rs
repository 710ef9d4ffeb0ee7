//! Windows: which ticks they have, and what ends them early.

use live::arrival::Nanoseconds;
use live::ticks::{Assembled, Break, Tick};
use live::window::{Begin, HISTORY_TICKS, Rule, Step, Windows};
use proptest::prelude::*;

const MS: Nanoseconds = 1_000_000;

fn tick(number: u64) -> Assembled {
    tick_at(number, number as i64 * MS)
}

fn tick_at(number: u64, begin: Nanoseconds) -> Assembled {
    Assembled::Tick(Tick {
        number,
        channels: Vec::new(),
        begin,
        end: begin + MS,
        due: begin + MS,
        received: None,
        under_way: None,
        closed: begin + MS,
        missing: 0,
        late: 0,
    })
}

fn marker(text: &str, stamp: Nanoseconds) -> Assembled {
    Assembled::Marker { stamp, text: text.into() }
}

fn windows(rule: &str, n_ticks: u64) -> Windows {
    Windows::new(rule.parse().unwrap(), MS, Some(n_ticks))
}

/// The windows that items give: the number of each, its first tick, the ticks that were run, and how it ended.
#[derive(Debug, Default, PartialEq)]
struct Found {
    windows: Vec<(u64, Vec<u64>, Option<Step>)>,
    missed: Vec<Option<String>>,
}

fn run(windows: &mut Windows, items: impl IntoIterator<Item = Assembled>) -> Found {
    let mut found = Found::default();
    for item in items {
        windows.take(item);
        while let Some(step) = windows.step() {
            match step {
                Step::Begin(Begin { window, first_tick, .. }) => {
                    assert_eq!(window, (found.windows.len() + found.missed.len()) as u64);
                    found.windows.push((first_tick, Vec::new(), None));
                }
                Step::Tick(tick) => found.windows.last_mut().unwrap().1.push(tick.number),
                Step::Missed { marker, .. } => found.missed.push(marker),
                end => found.windows.last_mut().unwrap().2 = Some(end),
            }
        }
    }
    found
}

fn whole(first: u64, n_ticks: u64) -> (u64, Vec<u64>, Option<Step>) {
    (first, (first..first + n_ticks).collect(), Some(Step::End))
}

#[test]
fn a_marker_begins_a_window_now_later_or_in_the_past() {
    for (rule, stamp, first) in [
        ("marker:go", 20 * MS, 20),
        ("marker:go", 20 * MS + 499_999, 20),
        ("marker:go", 20 * MS + 500_001, 21),
        ("marker:go+7", 20 * MS, 27),
        ("marker:go-15", 20 * MS, 5),
        ("trigger", 3 * MS, 3),
    ] {
        let mut windows = windows(rule, 10);
        let before = (0..20).map(tick);
        let items = before.chain([marker("stop", 19 * MS), marker("go", stamp)]).chain((20..60).map(tick));
        let found = run(&mut windows, items);
        if rule != "trigger" {
            assert_eq!(found, Found { windows: vec![whole(first, 10)], missed: vec![] }, "{rule} {stamp}");
        } else {
            // The other marker does, too, and comes second.
            assert_eq!(found.windows, [whole(19, 10), whole(3, 10)].map(|window| window));
        }
    }
}

#[test]
fn windows_that_overlap_run_one_after_the_other() {
    let items = (0..20).map(tick).chain([marker("b", 14 * MS), marker("a", 8 * MS)]).chain((20..60).map(tick));
    let found = run(&mut windows("trigger", 10), items);
    assert_eq!(found.windows, [whole(14, 10), whole(8, 10)]);
    let found = run(&mut windows("every:4", 10), (5..40).map(tick));
    let firsts: Vec<u64> = found.windows.iter().map(|window| window.0).collect();
    assert_eq!(firsts[..3], [5, 9, 13]);
    assert_eq!(found.windows[2], whole(13, 10));
    assert!(found.missed.is_empty());
}

#[test]
fn a_window_that_would_begin_before_the_history_is_missed() {
    let n_ticks = HISTORY_TICKS as u64 + 50;
    let items = (0..n_ticks).map(tick).chain([marker("old", 49 * MS), marker("kept", 50 * MS)]);
    let found = run(&mut windows("trigger", 10), items);
    assert_eq!(found.missed, [Some("old".to_owned())]);
    assert_eq!(found.windows, [whole(50, 10)]);
}

#[test]
fn a_break_ends_a_window_and_those_that_wait() {
    let items = (0..20).map(tick).chain([marker("a", 15 * MS), marker("b", 300 * MS), Assembled::Break(Break::Jump)]);
    let mut windows = windows("trigger", 10);
    let found = run(&mut windows, items.chain([tick_at(20, 900 * MS), marker("c", 10 * MS), tick_at(21, 901 * MS)]));
    assert_eq!(found.windows, [(15, (15..20).collect(), Some(Step::Broken(Break::Jump)))]);
    assert_eq!(found.missed, [Some("b".to_owned()), Some("c".to_owned())]);
}

#[test]
fn a_run_begins_with_the_first_tick_and_after_every_break() {
    let mut windows = Windows::new(Rule::Run, MS, None);
    let found = run(&mut windows, (0..5).map(tick).chain([Assembled::Break(Break::Stall)]).chain((5..8).map(tick)));
    assert_eq!(found.windows, [(0, (0..5).collect(), Some(Step::Broken(Break::Stall))), (5, (5..8).collect(), None)]);
    windows.abandon();
    assert_eq!(windows.step(), None);
    windows.take(tick(8));
    assert_eq!(windows.step(), Some(Step::Begin(Begin { window: 2, marker: None, first_tick: 8 })));
}

#[test]
fn no_tick_of_a_window_is_forgotten_while_the_board_is_slow() {
    let mut windows = windows("marker:go", 100);
    windows.take(tick(0));
    windows.take(marker("go", 0));
    assert!(matches!(windows.step(), Some(Step::Begin(_))));
    (1..3000).for_each(|number| windows.take(tick(number)));
    for expected in 0..100 {
        assert!(matches!(windows.step(), Some(Step::Tick(tick)) if tick.number == expected));
    }
    assert_eq!(windows.step(), Some(Step::End));
    assert_eq!(windows.step(), None);
}

proptest! {
    #[test]
    fn every_window_has_all_its_ticks_in_order_or_says_so(
        markers in prop::collection::vec((0_u64..400, -50_i64..50), 0..20),
        breaks in prop::collection::btree_set(1_u64..400, 0..4),
        n_ticks in 1_u64..60,
    ) {
        let mut items = Vec::new();
        for number in 0..400 {
            if breaks.contains(&number) {
                items.push(Assembled::Break(Break::Jump));
            }
            items.push(tick(number));
            let here = markers.iter().filter(|(at, _)| *at == number);
            items.extend(here.map(|(at, ahead)| marker("m", (*at as i64 + ahead) * MS)));
        }
        let mut all = windows("trigger", n_ticks);
        let found = run(&mut all, items);
        for (first, ticks, end) in &found.windows {
            prop_assert!(ticks.iter().copied().eq(*first..*first + ticks.len() as u64));
            let inside = breaks.iter().any(|at| (first + 1..first + n_ticks).contains(at));
            match end {
                Some(Step::End) => prop_assert!(ticks.len() as u64 == n_ticks && !inside),
                Some(Step::Broken(_)) => prop_assert!(inside),
                _ => prop_assert!((ticks.len() as u64) < n_ticks),
            }
        }
        prop_assert!(found.windows.len() + found.missed.len() <= markers.len());
    }
}
