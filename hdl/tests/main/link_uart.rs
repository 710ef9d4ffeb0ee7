//! Receiver and transmitter at several baud rates, with baud rate errors, and with noise.

use crate::link_support::{byte_bits, levels};
use hdl::link::MIN_CLOCKS_PER_BIT;
use hdl::link::uart_receiver::UartReceiver;
use hdl::link::uart_transmitter::UartTransmitter;
use hdl::testbench::{connected, cycle};
use rust_hdl::prelude::*;

const SPEEDS: [u16; 7] = [MIN_CLOCKS_PER_BIT, 5, 6, 7, 16, 33, 104];

/// The clock of a byte or a framing error, and the byte.
type Received = (usize, Option<u8>);

fn receive(clocks_per_bit: u16, levels: impl IntoIterator<Item = bool>) -> Vec<Received> {
    let mut receiver = connected(UartReceiver::new(clocks_per_bit));
    let mut received = Vec::new();
    let levels = levels.into_iter().chain(vec![true; 20 * usize::from(clocks_per_bit)]);
    for (clock, level) in levels.enumerate() {
        receiver.rx.next = level;
        cycle(&mut receiver, |receiver| &mut receiver.clock);
        match (receiver.valid.val(), receiver.framing_error.val()) {
            (true, true) => panic!("a byte and an error in one cycle"),
            (true, false) => received.push((clock, Some(receiver.data.val().to_u8()))),
            (false, true) => received.push((clock, None)),
            (false, false) => {}
        }
    }
    received
}

fn bytes_of(received: &[Received]) -> Vec<Option<u8>> {
    received.iter().map(|(_, byte)| *byte).collect()
}

/// Levels of the transmitter while it sends `bytes`, with `n_idle` clocks before each.
fn transmit(clocks_per_bit: u16, bytes: &[u8], n_idle: &[usize]) -> Vec<bool> {
    let mut transmitter = connected(UartTransmitter::new(clocks_per_bit));
    let mut levels = Vec::new();
    let mut step = |valid: bool, byte: u8| {
        transmitter.valid.next = valid;
        transmitter.data.next = u64::from(byte).into();
        let is_ready = transmitter.ready.val();
        cycle(&mut transmitter, |transmitter| &mut transmitter.clock);
        levels.push(transmitter.tx.val());
        valid && is_ready
    };
    assert!(!step(false, 0));
    for (byte, n_idle) in bytes.iter().zip(n_idle.iter().cycle()) {
        (0..*n_idle).for_each(|_| assert!(!step(false, !byte)));
        assert!((0..=10 * clocks_per_bit).any(|_| step(true, *byte)), "a byte is accepted within the time of one");
    }
    (0..11 * clocks_per_bit).for_each(|_| assert!(!step(false, 0)));
    levels
}

#[test]
fn every_byte_is_received_at_every_baud_rate_and_two_percent_off() {
    let bytes: Vec<u8> = (0..=u8::MAX).collect();
    let expected: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
    for clocks_per_bit in SPEEDS {
        let (bytes, expected) =
            if clocks_per_bit < 16 { (&bytes[..], &expected[..]) } else { (&bytes[160..180], &expected[160..180]) };
        for drift in [0.98, 1.0, 1.02] {
            for phase in [0.0, 0.3, 0.6, 0.9] {
                let line = levels(bytes, f64::from(clocks_per_bit) * drift, phase);
                assert_eq!(bytes_of(&receive(clocks_per_bit, line)), expected, "{clocks_per_bit} x {drift} + {phase}");
            }
        }
    }
}

#[test]
fn a_byte_is_valid_with_the_documented_latency() {
    for clocks_per_bit in SPEEDS {
        let line = levels(&[0x5a], f64::from(clocks_per_bit), 0.0);
        let fell_at = line.iter().position(|level| !level).unwrap();
        let clocks = usize::from(clocks_per_bit);
        // Outputs are read after the clock edge, so one less than in cycles.
        assert_eq!(receive(clocks_per_bit, line), [(fell_at + 9 * clocks + clocks / 2 + 2, Some(0x5a))]);
    }
}

#[test]
fn a_pulse_shorter_than_half_a_bit_is_not_a_start_bit() {
    for clocks_per_bit in SPEEDS {
        let pulse = vec![false; usize::from(clocks_per_bit / 2)];
        let byte = levels(&[0xc4], f64::from(clocks_per_bit), 0.0);
        let line = [vec![true; 9], pulse, byte].concat();
        assert_eq!(bytes_of(&receive(clocks_per_bit, line)), [Some(0xc4)], "{clocks_per_bit}");
    }
}

#[test]
fn a_break_is_one_error_and_the_byte_after_it_is_received() {
    for clocks_per_bit in [4, 7, 16] {
        for n_bits in [10, 11, 35, 100] {
            let low = vec![false; n_bits * usize::from(clocks_per_bit)];
            let byte = levels(&[0x31], f64::from(clocks_per_bit), 0.0);
            // Also right after configuration.
            for n_high in [0, 50] {
                let line = [vec![true; n_high], low.clone(), byte.clone()].concat();
                assert_eq!(
                    bytes_of(&receive(clocks_per_bit, line)),
                    [None, Some(0x31)],
                    "{clocks_per_bit}, {n_bits} bits"
                );
            }
        }
    }
}

#[test]
fn a_low_stop_bit_is_an_error_and_the_next_byte_is_received() {
    for clocks_per_bit in [4, 5, 16] {
        let bit = |level: bool| vec![level; usize::from(clocks_per_bit)];
        let mut bits = byte_bits(0x77);
        bits[9] = false;
        let bad = bits.into_iter().flat_map(bit).collect();
        let line = [bit(true), bad, levels(&[0x88], f64::from(clocks_per_bit), 0.0)].concat();
        assert_eq!(bytes_of(&receive(clocks_per_bit, line)), [None, Some(0x88)]);
    }
}

#[test]
fn the_line_is_idle_after_configuration() {
    assert_eq!(receive(4, [true; 100]), []);
    assert!(transmit(4, &[], &[0]).iter().all(|level| *level));
}

#[test]
fn waiting_bytes_follow_with_one_stop_bit() {
    let bytes = [0x00, 0xff, 0x55, 0xaa, 0x01, 0x80];
    for clocks_per_bit in SPEEDS {
        let line = transmit(clocks_per_bit, &bytes, &[0]);
        let bit = |level: bool| vec![level; usize::from(clocks_per_bit)];
        let sent: Vec<bool> = bytes.iter().flat_map(|byte| byte_bits(*byte)).flat_map(bit).collect();
        // The first transfer is in the second clock, the start bit in the third.
        assert_eq!(line[..1 + sent.len()], [vec![true], sent].concat(), "{clocks_per_bit}");
        assert!(line[1 + bytes.len() * 10 * usize::from(clocks_per_bit)..].iter().all(|level| *level));
    }
}

#[test]
fn transmitted_bytes_are_received_at_any_pace() {
    let bytes = [0x00, 0xff, 0x55, 0xaa, 0x01, 0x80, 0x7e];
    for clocks_per_bit in SPEEDS {
        let byte_clocks = 10 * usize::from(clocks_per_bit);
        for n_idle in [&[0][..], &[1], &[0, 3, 1], &[byte_clocks - 1, byte_clocks, byte_clocks + 1, 0]] {
            let line = transmit(clocks_per_bit, &bytes, n_idle);
            assert_eq!(bytes_of(&receive(clocks_per_bit, line)), bytes.map(Some), "{clocks_per_bit}, {n_idle:?}");
        }
    }
}

#[test]
#[should_panic(expected = "3 clocks a bit")]
fn too_few_clocks_per_bit_are_refused() {
    let _ = UartReceiver::new(MIN_CLOCKS_PER_BIT - 1);
}

#[test]
fn both_emit_verilog() {
    assert!(generate_verilog(&connected(UartReceiver::new(4))).contains("module top"));
    assert!(generate_verilog(&connected(UartTransmitter::new(u16::MAX))).contains("module top"));
}
