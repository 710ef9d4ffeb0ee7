//! A UART, cycle by cycle: 8 data bits, least significant first, no parity, one stop bit.

use std::collections::VecDeque;

/// Fraction bits of times in cycles, so that a bit need not last a whole number of cycles.
const FRACTION_BITS: u32 = 16;

/// Bits on the line per byte: start, data, stop.
const BITS_PER_BYTE: u8 = 10;

/// A byte to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// The byte.
    pub data: u8,
    /// Level of the stop bit; low makes a framing error.
    pub stop: bool,
    /// Idle bits after the stop bit.
    pub pause_bits: u32,
}

impl From<u8> for Symbol {
    fn from(data: u8) -> Self {
        Self { data, stop: true, pause_bits: 0 }
    }
}

/// The duration of a bit, with [`FRACTION_BITS`].
#[derive(Clone, Copy, Debug)]
struct Period(u64);

impl Period {
    fn new(cycles_per_bit: f64) -> Self {
        assert!((1.0..1e9).contains(&cycles_per_bit), "{cycles_per_bit} cycles a bit");
        Self((cycles_per_bit * f64::from(1 << FRACTION_BITS)) as u64)
    }
}

/// A transmitter: turns bytes into levels of a pin and their durations.
#[derive(Debug)]
pub struct Sender {
    period: Period,
    /// Coming levels and their durations, with [`FRACTION_BITS`].
    runs: VecDeque<(bool, u64)>,
    /// The present level, and its cycles left.
    current: Option<(bool, u64)>,
    carry: u64,
}

impl Sender {
    /// An idle transmitter.
    ///
    /// # Panics
    /// If a bit is shorter than a clock cycle.
    #[must_use]
    pub fn new(cycles_per_bit: f64) -> Self {
        Self { period: Period::new(cycles_per_bit), runs: VecDeque::new(), current: None, carry: 0 }
    }

    /// Queues a byte.
    pub fn push(&mut self, symbol: Symbol) {
        self.push_bits(false, 1);
        for bit in 0..8 {
            self.push_bits(symbol.data >> bit & 1 != 0, 1);
        }
        self.push_bits(symbol.stop, 1);
        if symbol.pause_bits > 0 {
            self.push_bits(true, symbol.pause_bits);
        }
    }

    fn push_bits(&mut self, level: bool, n_bits: u32) {
        let time = self.period.0 * u64::from(n_bits);
        match self.runs.back_mut() {
            Some((last, last_time)) if *last == level => *last_time += time,
            _ => self.runs.push_back((level, time)),
        }
    }

    /// The level of the pin and its cycles left; `None` if there is nothing to send.
    pub fn level(&mut self) -> Option<(bool, u64)> {
        while self.current.is_none() {
            let (level, time) = self.runs.pop_front()?;
            let time = time + self.carry;
            self.carry = time & ((1 << FRACTION_BITS) - 1);
            self.current = Some((level, time >> FRACTION_BITS)).filter(|(_, n_cycles)| *n_cycles > 0);
        }
        self.current
    }

    /// Advances by at most as many cycles as [`Sender::level`] returned.
    pub fn pass(&mut self, n_cycles: u64) {
        if let Some((_, left)) = &mut self.current {
            *left = left.saturating_sub(n_cycles);
            if *left == 0 {
                self.current = None;
            }
        }
    }
}

/// What was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A byte.
    Byte(u8),
    /// A byte with a low stop bit, which is lost.
    FramingError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Before the middle of a bit.
    Bit {
        number: u8,
        cycles_left: u64,
        data: u8,
    },
    /// Low after a framing error; the line must be high before the next byte.
    Broken,
}

/// A receiver; it samples every bit in its middle.
#[derive(Debug)]
pub struct Receiver {
    period: Period,
    phase: Phase,
    carry: u64,
}

impl Receiver {
    /// A receiver on an idle line.
    ///
    /// # Panics
    /// If a bit is shorter than a clock cycle.
    #[must_use]
    pub fn new(cycles_per_bit: f64) -> Self {
        Self { period: Period::new(cycles_per_bit), phase: Phase::Idle, carry: 0 }
    }

    /// Whether no byte is being received.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !matches!(self.phase, Phase::Bit { .. })
    }

    /// Cycles until the next sample; `None` while it waits for a change of level.
    #[must_use]
    pub fn cycles_to_sample(&self) -> Option<u64> {
        if let Phase::Bit { cycles_left, .. } = self.phase { Some(cycles_left) } else { None }
    }

    /// Advances by cycles at whose end the pin has this level: at most as many as [`Receiver::cycles_to_sample`] returned, and
    /// none beyond a change of level.
    pub fn pass(&mut self, n_cycles: u64, level: bool) -> Option<Received> {
        match self.phase {
            Phase::Idle if level => None,
            Phase::Idle => {
                self.carry = 0;
                let cycles_left = self.cycles(self.period.0 / 2);
                self.phase = Phase::Bit { number: 0, cycles_left, data: 0 };
                None
            }
            Phase::Broken => {
                if level {
                    self.phase = Phase::Idle;
                }
                None
            }
            Phase::Bit { number, cycles_left, data } if cycles_left > n_cycles => {
                self.phase = Phase::Bit { number, cycles_left: cycles_left - n_cycles, data };
                None
            }
            Phase::Bit { number, data, .. } => self.sample(number, data, level),
        }
    }

    fn sample(&mut self, number: u8, data: u8, level: bool) -> Option<Received> {
        let is_start = number == 0;
        let is_stop = number == BITS_PER_BYTE - 1;
        if is_start && level {
            // Shorter than half a bit: not a start bit.
            self.phase = Phase::Idle;
            return None;
        }
        if is_stop {
            self.phase = if level { Phase::Idle } else { Phase::Broken };
            return Some(if level { Received::Byte(data) } else { Received::FramingError });
        }
        let data = if is_start { data } else { data >> 1 | u8::from(level) << 7 };
        let cycles_left = self.cycles(self.period.0);
        self.phase = Phase::Bit { number: number + 1, cycles_left, data };
        None
    }

    fn cycles(&mut self, time: u64) -> u64 {
        let time = time + self.carry;
        self.carry = time & ((1 << FRACTION_BITS) - 1);
        (time >> FRACTION_BITS).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every level of the line, cycle by cycle.
    fn levels(sender: &mut Sender) -> Vec<bool> {
        let mut levels = Vec::new();
        while let Some((level, n_cycles)) = sender.level() {
            levels.extend(std::iter::repeat_n(level, n_cycles as usize));
            sender.pass(n_cycles);
        }
        levels
    }

    fn received(receiver: &mut Receiver, levels: &[bool]) -> Vec<Received> {
        levels.iter().filter_map(|&level| receiver.pass(1, level)).collect()
    }

    #[test]
    fn a_byte_is_sent_as_start_data_and_stop_bits() {
        let mut sender = Sender::new(1.0);
        sender.push(0b0100_1101.into());
        let expected = [0, 1, 0, 1, 1, 0, 0, 1, 0, 1].map(|bit| bit == 1);
        assert_eq!(levels(&mut sender), expected);
    }

    #[test]
    fn every_byte_is_received_as_sent_at_any_baud_rate() {
        for cycles_per_bit in [2.0, 4.0, 4.5, 12.0, 13.37, 104.17] {
            let (mut sender, mut receiver) = (Sender::new(cycles_per_bit), Receiver::new(cycles_per_bit));
            (0..=255).for_each(|byte: u8| sender.push(byte.into()));
            let levels = levels(&mut sender);
            let expected_cycles = (2560.0 * cycles_per_bit) as usize;
            assert!(levels.len().abs_diff(expected_cycles) <= 1, "{} of {expected_cycles}", levels.len());
            let bytes: Vec<Received> = (0..=255).map(Received::Byte).collect();
            assert_eq!(received(&mut receiver, &levels), bytes, "{cycles_per_bit} cycles a bit");
        }
    }

    #[test]
    fn a_low_stop_bit_is_a_framing_error_and_the_next_byte_is_received() {
        let (mut sender, mut receiver) = (Sender::new(8.0), Receiver::new(8.0));
        sender.push(Symbol { data: 0xa5, stop: false, pause_bits: 2 });
        sender.push(0x5a.into());
        assert_eq!(received(&mut receiver, &levels(&mut sender)), [Received::FramingError, Received::Byte(0x5a)]);
    }

    #[test]
    fn a_short_low_pulse_is_not_a_start_bit() {
        let mut receiver = Receiver::new(8.0);
        let levels: Vec<bool> = [false, false].into_iter().chain([true; 100]).collect();
        assert_eq!(received(&mut receiver, &levels), []);
        assert!(receiver.is_idle());
    }
}
