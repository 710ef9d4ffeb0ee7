//! The checksum step against `spec::checksum`.

use hdl::link::crc32_step::Crc32Step;
use hdl::testbench::{connected, settle};
use rust_hdl::prelude::*;
use spec::checksum::crc32;

fn step(block: &mut Crc32Step, crc: u32, data: u8) -> u32 {
    block.crc.next = u64::from(crc).into();
    block.data.next = u64::from(data).into();
    settle(block);
    block.crc_after.val().to_u32()
}

#[test]
fn every_byte_extends_the_checksum() {
    let mut block = connected(Crc32Step::new());
    for head in [&b""[..], b"\0", b"\xff\xff\xff\xff", b"12345678", b"motorSRNN"] {
        for byte in 0..=u8::MAX {
            assert_eq!(step(&mut block, crc32(head), byte), crc32(&[head, &[byte]].concat()));
        }
    }
}

#[test]
fn the_inverted_low_byte_shifts_the_checksum() {
    let mut block = connected(Crc32Step::new());
    for crc in [0, u32::MAX, 0xcbf4_3926, 0x0123_4567] {
        assert_eq!(step(&mut block, crc, !(crc as u8)) & 0x00ff_ffff, crc >> 8);
    }
}

#[test]
fn emits_verilog() {
    assert!(generate_verilog(&connected(Crc32Step::new())).contains("module top"));
}
