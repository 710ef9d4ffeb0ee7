//! The dividers of the iCE40's PLL. Ranges are those of the family data sheet.

use hdl::top::ice40_pll::Ice40Pll;

#[test]
fn twelve_megahertz_become_forty_eight() {
    // The setting of `icepll -i 12 -o 48`.
    let expected = Ice40Pll { divr: 0, divf: 63, divq: 4, filter_range: 1 };
    assert_eq!(Ice40Pll::new(12_000_000, 48_000_000), Some(expected));
}

#[test]
fn every_setting_is_exact_and_within_the_ranges() {
    let mut n_found = 0;
    for input_hz in (8_000_000..140_000_000).step_by(1_500_000) {
        for output_hz in (12_000_000..300_000_000).step_by(3_000_000) {
            let Some(pll) = Ice40Pll::new(input_hz, output_hz) else { continue };
            n_found += 1;
            let detector = f64::from(input_hz) / (pll.divr + 1) as f64;
            let vco = detector * (pll.divf + 1) as f64;
            assert!((10e6..=133e6).contains(&detector) && (533e6..=1066e6).contains(&vco), "{pll:?}");
            assert!((vco / f64::from(1 << pll.divq) - f64::from(output_hz)).abs() < 1e-3, "{pll:?}");
            assert!(pll.divr < 16 && pll.divf < 128 && (1..=6).contains(&pll.divq), "{pll:?}");
            assert!((16e6..=275e6).contains(&f64::from(output_hz)) && input_hz >= 10_000_000);
        }
    }
    assert!(n_found > 100, "{n_found}");
}

#[test]
fn a_clock_that_no_setting_makes_is_refused() {
    assert_eq!(Ice40Pll::new(12_000_000, 48_000_001), None);
    assert_eq!(Ice40Pll::new(9_000_000, 36_000_000), None);
    assert_eq!(Ice40Pll::new(12_000_000, 300_000_000), None);
}
