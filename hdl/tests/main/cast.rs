//! Casts.

use hdl::cast::signed_cast_ext;
use rust_hdl::prelude::*;

#[test]
fn the_most_negative_value_is_extended() {
    for value in [i16::MIN, -1, 0, 1, i16::MAX] {
        let wide: Signed<17> = signed_cast_ext(Signed::<16>::from(i64::from(value)));
        assert_eq!(wide, i64::from(value).into(), "{value}");
        let back: Signed<16> = signed_cast_ext(wide);
        assert_eq!(back, i64::from(value).into(), "{value}");
    }
}
