//! Lights: somebody can see what they show.

use hdl::testbench::{connected, cycle, settle};
use hdl::top::lights::Lights;
use rust_hdl::prelude::*;

/// A clock that is slow enough for a test.
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
fn life_turns_over_every_quarter_to_half_of_a_second() {
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
fn a_strobe_lights_its_own_light_long_enough_and_then_it_goes_off() {
    let steps = Lights::step_cycles(CLOCK_HZ);
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
