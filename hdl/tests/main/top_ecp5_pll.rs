//! The dividers of the ECP5's PLL. Ranges are those of the family data sheet and the library reference.

use hdl::top::ecp5_pll::Ecp5Pll;

#[test]
fn the_boards_oscillators_become_their_clocks() {
    let pll = |input: u32, output: u32| Ecp5Pll::new(input * 1_000_000, output * 1_000_000);
    assert_eq!(pll(25, 100), Some(Ecp5Pll { reference: 1, feedback: 4, first: 6, second: 6 }));
    // With the clock in the loop, the phase detector would have to run at 4 MHz.
    assert_eq!(pll(48, 100), Some(Ecp5Pll { reference: 2, feedback: 5, first: 5, second: 6 }));
    let slow = pll(25, 80).unwrap();
    assert_eq!(25 * slow.feedback * slow.first, 80 * slow.second * slow.reference);
}

#[test]
fn every_setting_is_exact_and_within_the_ranges() {
    let mut n_found = 0;
    for input_hz in (6_000_000..420_000_000).step_by(3_500_000) {
        for output_hz in (2_500_000..420_000_000).step_by(12_500_000) {
            let Some(pll) = Ecp5Pll::new(input_hz, output_hz) else { continue };
            n_found += 1;
            let detector = f64::from(input_hz) / pll.reference as f64;
            let vco = detector * (pll.feedback * pll.first) as f64;
            assert!((10e6..=400e6).contains(&detector) && (400e6..=800e6).contains(&vco), "{pll:?}");
            assert!((3.125e6..=400e6).contains(&(vco / pll.first as f64)), "{pll:?}");
            assert!((vco / pll.second as f64 - f64::from(output_hz)).abs() < 1e-3, "{pll:?}");
            assert!([pll.reference, pll.first, pll.second].iter().all(|each| (1..=128).contains(each)));
            assert!((1..=80).contains(&pll.feedback), "{pll:?}");
        }
    }
    assert!(n_found > 100, "{n_found}");
}

#[test]
fn a_clock_that_no_setting_makes_is_refused() {
    assert_eq!(Ecp5Pll::new(25_000_000, 100_000_001), None);
    assert_eq!(Ecp5Pll::new(7_000_000, 70_000_000), None);
    assert_eq!(Ecp5Pll::new(25_000_000, 425_000_000), None);
}
