//! A session whose ticks are pushed one by one and polled for, as a live session does.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use host::link::LinkError;
use host::session::{Session, SessionError};

use crate::link::{
    FaultyPort, MANY_CHANNELS, PATIENT, clean, clean_with, crowded_window, image_bytes, image_with, run, windows,
};

/// Pushes the ticks of a window, however many may be in flight, and polls for their results.
fn pushed<P: Read + Write>(session: &mut Session<P>, window: &[Vec<u16>]) -> Vec<(u32, Vec<i16>)> {
    session.restart().unwrap();
    let (mut ticks, mut results) = (window.iter(), Vec::new());
    while results.len() < window.len() {
        while session.n_pushed() < session.in_flight() {
            let Some(channels) = ticks.next() else { break };
            session.push(channels).unwrap();
        }
        let result = session.poll(Instant::now() + Duration::from_millis(1)).unwrap();
        results.extend(result.map(|result| (result.answer.tick, result.answer.scores)));
    }
    assert_eq!((session.n_pushed(), session.poll(Instant::now()).unwrap()), (0, None));
    results
}

#[test]
fn ticks_that_are_pushed_give_what_the_window_gives() {
    let windows = [crowded_window(), windows(15, 1).remove(0)];
    let image = image_with(MANY_CHANNELS);
    let expected = clean_with(&image, &windows);
    for in_flight in [1, 4] {
        for seed in 0..4 {
            let port = FaultyPort::new(seed, 3 * u64::from(seed > 0));
            let mut session = Session::open(port, PATIENT, &image, in_flight).unwrap();
            for (window, expected) in windows.iter().zip(&expected) {
                assert_eq!(pushed(&mut session, window), *expected, "seed {seed}, {in_flight} in flight");
            }
            // Ticks that nobody waited for do not disturb the next window.
            session.restart().unwrap();
            session.push(&windows[0][7]).unwrap();
            assert_eq!(run(&mut session, &windows[1]), expected[1]);
        }
    }
}

#[test]
fn a_board_that_resets_ends_the_window_that_is_pushed() {
    let window = windows(16, 1).remove(0);
    let expected = clean(std::slice::from_ref(&window)).remove(0);
    let mut session = Session::open(FaultyPort::new(1, 0), PATIENT, &image_bytes(), 4).unwrap();
    assert!(matches!(session.push(&window[0]), Err(SessionError::NoWindow)));
    session.restart().unwrap();
    session.link_mut().port_mut().board.reset();
    window[..4].iter().for_each(|channels| session.push(channels).unwrap());
    let error = session.poll(Instant::now() + Duration::from_secs(1)).unwrap_err();
    assert!(matches!(error, SessionError::Link(LinkError::BoardRestarted)), "{error}");
    assert_eq!(session.n_pushed(), 0);
    assert!(matches!(session.push(&window[0]), Err(SessionError::NoWindow)));
    assert_eq!(pushed(&mut session, &window), expected);
    assert_eq!(session.statistics().restarts, 1);
}
