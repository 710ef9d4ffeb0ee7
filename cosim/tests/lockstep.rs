//! The same block in rust-hdl's own simulator and as a Verilator model, cycle by cycle.

#[path = "../build/blocks.rs"]
mod blocks;

use blocks::Arithmetic;
use cosim::{Simulator, model};
use hdl::fifo::Fifo;
use hdl::ram::RamStyle;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rust_hdl::prelude::*;

const N_CYCLES: usize = 3_000;

fn settle(block: &mut impl Block) {
    for _ in 0..100 {
        block.update_all();
        if !block.has_changed() {
            return;
        }
    }
    panic!("the block does not come to rest");
}

/// A value that often is one of the ends.
fn corner(random: &mut ChaCha8Rng, bits: u32) -> u64 {
    let greatest = u64::MAX >> (64 - bits);
    match random.random_range(0..8) {
        0 => 0,
        1 => greatest,
        2 => greatest / 2,
        3 => greatest / 2 + 1,
        4 => 1,
        _ => random.next_u64() & greatest,
    }
}

fn signed_16(raw: u64) -> i16 {
    (raw as u16).cast_signed()
}

#[test]
fn arithmetic_is_the_same_in_both() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut rust = Arithmetic::default();
    rust.connect_all();
    let mut verilog = Simulator::<model::Arithmetic>::new();
    for cycle in 0..N_CYCLES {
        let [a, b] = [(); 2].map(|()| corner(&mut random, 8));
        let [x, y] = [(); 2].map(|()| signed_16(corner(&mut random, 16)));
        let many = [(); 3].map(|()| corner(&mut random, 12));
        let wide = [(); 3].map(|()| corner(&mut random, 32) as u32);
        let flag = random.random();
        rust.a.next = a.into();
        rust.b.next = b.into();
        rust.x.next = i64::from(x).into();
        rust.y.next = i64::from(y).into();
        rust.flag.next = flag;
        rust.wide_in.next = u128_of(wide).to_bits();
        verilog.set_a(a as u8);
        verilog.set_b(b as u8);
        verilog.set_x(x);
        verilog.set_y(y);
        verilog.set_flag(flag);
        verilog.set_wide_in(wide);
        for (number, value) in many.into_iter().enumerate() {
            rust.many_in[number].next = value.into();
            verilog.set_many_in(number, value as u16);
        }
        settle(&mut rust);
        verilog.evaluate();

        let at = format!("cycle {cycle}: {a} {b} {x} {y} {flag} {many:?}");
        assert_eq!(rust.carry.val(), u64::from(verilog.carry()), "{at}");
        assert_eq!(rust.shifted.val(), u64::from(verilog.shifted()), "{at}");
        assert_eq!(rust.replaced.val(), u64::from(verilog.replaced()), "{at}");
        assert_eq!(rust.conditions.val(), u64::from(verilog.conditions()), "{at}");
        assert_eq!(rust.product.val(), i64::from(verilog.product()).into(), "{at}");
        assert_eq!(verilog.product(), i32::from(x) * i32::from(y), "{at}");
        assert_eq!(rust.saturated.val(), i64::from(verilog.saturated()).into(), "{at}");
        assert_eq!(verilog.saturated(), x.saturating_add(y), "{at}");
        assert_eq!(rust.is_less.val(), verilog.is_less(), "{at}");
        assert_eq!(rust.wide_out.val(), u128_of(verilog.wide_out()).to_bits::<96>(), "{at}");
        assert_eq!(rust.doubled.val(), verilog.doubled(), "{at}");
        for number in 0..3 {
            assert_eq!(rust.many_out[number].val(), u64::from(verilog.many_out(number)), "{at}");
        }

        for level in [true, false] {
            rust.clock.next = level.into();
            settle(&mut rust);
            verilog.half_cycle(level);
        }
    }
}

fn u128_of(words: [u32; 3]) -> u128 {
    words.iter().rev().fold(0, |value, &word| value << 32 | u128::from(word))
}

#[test]
fn a_queue_is_the_same_in_both() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut rust = Fifo::<4, 16>::new(RamStyle::Block);
    rust.connect_all();
    let mut verilog = Simulator::<model::Fifo>::new();
    let mut n_words = 0;
    for cycle in 0..N_CYCLES {
        // Phases that fill and phases that empty it.
        let eagerness = if cycle % 200 < 100 { 0.8 } else { 0.3 };
        let write = random.random_bool(eagerness) && !verilog.full();
        let read = random.random_bool(0.5) && verilog.valid();
        let word = random.random::<u16>();
        let clear = random.random_bool(0.01);
        rust.write.next = write;
        rust.read.next = read;
        rust.clear.next = clear;
        rust.data_in.next = u64::from(word).into();
        verilog.set_write(write);
        verilog.set_read(read);
        verilog.set_clear(clear);
        verilog.set_data_in(word);
        settle(&mut rust);
        for level in [true, false] {
            rust.clock.next = level.into();
            settle(&mut rust);
            verilog.half_cycle(level);
        }
        assert_eq!((rust.full.val(), rust.valid.val()), (verilog.full(), verilog.valid()), "cycle {cycle}");
        if verilog.valid() {
            assert_eq!(rust.data_out.val(), u64::from(verilog.data_out()), "cycle {cycle}");
        }
        n_words += u32::from(read);
    }
    assert!(n_words > 500, "{n_words} words went through");
}
