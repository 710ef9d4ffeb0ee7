//! The top module: visible LEDs, and pins at rest.

use hdl::testbench::{connected, cycle, settle};
use hdl::top::Top;
use hdl::top::lights::Lights;
use rust_hdl::prelude::*;
use spec::board::{BOARDS, board_named};

/// A clock slow enough for a test.
const CLOCK_HZ: u32 = 256;

fn lights() -> Lights {
    let mut lights = Lights::new(CLOCK_HZ);
    lights.clock.connect();
    lights.ticked.connect();
    lights.link_error.connect();
    connected(lights)
}

fn run(lights: &mut Lights) {
    cycle(lights, |lights| &mut lights.clock);
}

#[test]
fn the_heartbeat_toggles_every_quarter_to_half_second() {
    let mut lights = lights();
    let n_cycles = Lights::life_cycles(CLOCK_HZ);
    assert!((CLOCK_HZ / 4..=CLOCK_HZ / 2).contains(&n_cycles));
    for at in 0..4 * n_cycles {
        settle(&mut lights);
        assert_eq!(lights.life.val(), (at / n_cycles) % 2 == 1, "after {at} cycles");
        run(&mut lights);
    }
}

#[test]
fn a_strobe_lights_its_own_led_for_a_while() {
    let steps = Lights::life_cycles(CLOCK_HZ) / 4;
    for phase in 0..steps {
        for is_tick in [true, false] {
            let mut lights = lights();
            for _ in 0..phase {
                run(&mut lights);
            }
            lights.ticked.next = is_tick;
            lights.link_error.next = !is_tick;
            run(&mut lights);
            lights.ticked.next = false;
            lights.link_error.next = false;
            let mut n_lit = 0;
            loop {
                settle(&mut lights);
                let (shown, other) = if is_tick {
                    (lights.ticks.val(), lights.link_errors.val())
                } else {
                    (lights.link_errors.val(), lights.ticks.val())
                };
                assert!(!other);
                if !shown {
                    break;
                }
                n_lit += 1;
                run(&mut lights);
            }
            assert!((steps..=2 * steps).contains(&n_lit), "{n_lit} of {steps} after {phase} cycles");
        }
    }
}

#[test]
fn a_board_at_rest_is_dark_and_idle_and_holds_its_pins() {
    for name in ["upduino3", "ulx3s-25f"] {
        let board = board_named(name).unwrap();
        let mut top = Top::new(board);
        top.oscillator.connect();
        top.rx.connect();
        let mut top = connected(top);
        top.rx.next = true;
        for at in 0..50 {
            cycle(&mut top, |top| &mut top.oscillator);
            assert!(top.leds.iter().all(|led| led.val() == board.pins.leds_active_low), "{name} after {at} cycles");
            assert!(top.hold_high.iter().all(|pin| pin.val()) && !top.hold_high.is_empty(), "{name}");
            assert!(top.tx.val(), "{name} after {at} cycles");
        }
    }
}

#[test]
fn every_board_has_verilog_that_the_lint_passes() {
    for board in &BOARDS {
        let text = Top::verilog(board).unwrap_or_else(|error| panic!("{}: {error}", board.name));
        assert!(text.contains("module top(oscillator,rx,tx,leds$0"), "{}", board.name);
        assert_eq!(text.contains("hold_high$0"), !board.pins.hold_high.is_empty(), "{}", board.name);
    }
}
