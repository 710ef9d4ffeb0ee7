//! The tick rate that a board sustains with the shipped decoder on the shipped session.

use serde::Serialize;
use spec::board::Board;
use spec::wire::{LINE_BITS_PER_BYTE, tick_wire_bytes};

use crate::failure::Failure;
use crate::shipped::{Fitted, HeaviestTick, Shipped};

/// The tick rate of a board, and what bounds it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TickRate {
    /// The smaller of the two below: every tick of the session can run at this rate.
    pub ticks_per_s: f64,
    /// The core's rate: its clock over the maximum cycles of the session's heaviest tick.
    pub ticks_per_s_of_core: f64,
    /// The line's rate: its bytes per second over the bytes of the heaviest tick, in the direction with more of them; both
    /// directions run at once.
    pub ticks_per_s_of_line: f64,
    /// Which of the two is smaller.
    pub bound_by: Bound,
    /// The weakest synapses of the decoder, as many as do not fit the core.
    pub synapses_left_out: usize,
}

/// What bounds a tick rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Bound {
    /// The core.
    Core,
    /// The serial line.
    Line,
}

impl TickRate {
    /// The tick rate of a board; none if the decoder is too large for its core.
    ///
    /// # Errors
    /// None, unless the program was built with broken examples.
    pub fn of(board: &Board, shipped: &Shipped) -> Result<Option<Self>, Failure> {
        let core = &board.core.configuration;
        let Some(Fitted { image, n_left_out }) = shipped.on(core) else { return Ok(None) };
        let HeaviestTick { events, busiest_lane_events } = shipped.heaviest_tick(&image).map_err(Failure::input)?;
        let neurons = u32::from(image.requirement().neurons_per_lane);
        let cycles = core.tick_cycles_bound(busiest_lane_events, neurons);
        let ticks_per_s_of_core = f64::from(board.clock_hz) / f64::from(cycles);
        let (there, back) = tick_wire_bytes(events, image.n_readouts());
        let bytes_per_s = f64::from(board.baud) / f64::from(LINE_BITS_PER_BYTE);
        let ticks_per_s_of_line = bytes_per_s / there.max(back) as f64;
        Ok(Some(Self {
            ticks_per_s: ticks_per_s_of_core.min(ticks_per_s_of_line),
            ticks_per_s_of_core,
            ticks_per_s_of_line,
            bound_by: if ticks_per_s_of_core < ticks_per_s_of_line { Bound::Core } else { Bound::Line },
            synapses_left_out: n_left_out,
        }))
    }
}

#[cfg(test)]
mod tests {
    use spec::board::board_named;

    use super::*;

    #[test]
    fn a_faster_clock_and_a_faster_line_each_raise_their_own_bound() {
        let shipped = Shipped::read().unwrap();
        let board = *board_named("icebreaker").unwrap();
        let rate = |board: &Board| TickRate::of(board, &shipped).unwrap().unwrap();
        let before = rate(&board);
        let clock = rate(&Board { clock_hz: 2 * board.clock_hz, ..board });
        assert_eq!(clock.ticks_per_s_of_core, 2.0 * before.ticks_per_s_of_core);
        assert_eq!(clock.ticks_per_s_of_line, before.ticks_per_s_of_line);
        let line = rate(&Board { baud: board.baud / 100, ..board });
        assert_eq!(line.ticks_per_s_of_core, before.ticks_per_s_of_core);
        assert_eq!(line.bound_by, Bound::Line);
        assert_eq!(line.ticks_per_s, line.ticks_per_s_of_line);
        assert!(line.ticks_per_s_of_line < before.ticks_per_s_of_line / 90.0);
    }

    #[test]
    fn the_smaller_of_the_two_bounds_is_the_rate() {
        let shipped = Shipped::read().unwrap();
        let board = *board_named("icebreaker").unwrap();
        for (clock_hz, bound_by) in [(1_000_000, Bound::Core), (100_000_000, Bound::Line)] {
            let rate = TickRate::of(&Board { clock_hz, ..board }, &shipped).unwrap().unwrap();
            assert_eq!(rate.bound_by, bound_by);
            assert_eq!(rate.ticks_per_s, rate.ticks_per_s_of_core.min(rate.ticks_per_s_of_line));
        }
    }
}
