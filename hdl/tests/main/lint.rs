//! The lint refuses widths, signs and parentheses that rust-hdl would translate wrongly, and accepts their corrected forms.

use crate::lint_support::{block, clean, faults, only_fault};
use hdl::cast::signed_cast_ext;
use hdl::emit::verilog;
use hdl::lint::{Cause, lint};
use rust_hdl::prelude::*;

mod parentheses {
    use super::*;

    block!(Bad { a: Signal<In, Bit>, b: Signal<In, Bits<4>>, c: Signal<In, Bits<4>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() & !self.a.val() | (self.b.val() == self.c.val());
    });
    block!(Good { a: Signal<In, Bit>, b: Signal<In, Bits<4>>, c: Signal<In, Bits<4>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() & !self.a.val()) | (self.b.val() == self.c.val());
    });
    block!(Chain { a: Signal<In, Bits<4>>, b: Signal<In, Bits<4>>, c: Signal<In, Bits<4>>, y: Signal<Out, Bits<4>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() ^ self.b.val() ^ self.c.val();
    });

    #[test]
    fn an_operation_inside_another_needs_them() {
        assert_eq!(only_fault(Bad::new()).cause, Cause::NoParentheses);
        clean(Good::new());
    }

    #[test]
    fn a_chain_of_one_operator_reads_the_same_in_both_languages() {
        clean(Chain::new());
    }
}

mod width {
    use super::*;

    block!(Wraps { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() + 1) == self.b.val();
    });
    block!(Typed { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bit>,
        one: Constant<Bits<8>> = Constant::new(1.into()) }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() + self.one.val()) == self.b.val();
    });
    block!(Borrows { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = false;
        if (self.a.val() - self.b.val()) > 100 {
            self.y.next = true;
        }
    });
    block!(Shifts { a: Signal<In, Bits<8>>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() + 255) >> 1;
    });
    block!(ShiftsInWidth { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() + self.b.val()) >> 1;
    });
    block!(Truncates { a: Signal<In, Bits<8>>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = ((self.a.val() + 1) << 2) ^ !self.a.val();
    });
    block!(Inverts { a: Signal<In, Bits<4>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (!self.a.val()) == 3;
    });
    block!(Compares { a: Signal<In, Bits<4>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() > 3) & !self.a.val().any() & (self.a.val() != 12);
    });

    #[test]
    fn a_sum_in_a_comparison_with_a_wider_side_is_refused() {
        let fault = only_fault(Wraps::new());
        assert_eq!(fault.cause, Cause::Width { rust: Some(8), verilog: 32 });
        assert_eq!(fault.expression, "a + 32'h1");
        clean(Typed::new());
    }

    #[test]
    fn a_difference_in_a_condition_is_refused() {
        assert_eq!(only_fault(Borrows::new()).cause, Cause::Width { rust: Some(8), verilog: 32 });
    }

    #[test]
    fn what_is_shifted_right_must_have_the_width_of_its_type() {
        assert_eq!(only_fault(Shifts::new()).cause, Cause::Width { rust: Some(8), verilog: 32 });
        clean(ShiftsInWidth::new());
    }

    #[test]
    fn an_inversion_in_a_wider_comparison_is_refused() {
        assert_eq!(only_fault(Inverts::new()).cause, Cause::Width { rust: Some(4), verilog: 32 });
        clean(Compares::new());
    }

    #[test]
    fn low_bits_of_sums_shifts_and_inversions_are_right_in_any_width() {
        clean(Truncates::new());
    }
}

mod casts {
    use super::*;

    block!(Widens { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bits<9>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = bit_cast::<9, 8>(self.a.val() + self.b.val());
    });
    block!(WidensEach { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bits<9>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = bit_cast::<9, 8>(self.a.val()) + bit_cast::<9, 8>(self.b.val());
    });
    block!(Narrows { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bits<4>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = bit_cast::<4, 8>(self.a.val() + self.b.val());
    });
    block!(AllOfNarrow { a: Signal<In, Bits<8>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = bit_cast::<4, 8>(self.a.val()).all();
    });
    block!(SignOfNarrow { a: Signal<In, Bits<8>>, y: Signal<Out, Signed<4>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = signed_cast(bit_cast::<4, 8>(self.a.val()));
    });
    block!(SignOfSlice { a: Signal<In, Bits<8>>, y: Signal<Out, Signed<4>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = signed_cast(self.a.val().get_bits::<4>(0));
    });

    #[test]
    fn a_sum_is_not_widened() {
        assert_eq!(only_fault(Widens::new()).cause, Cause::Width { rust: Some(8), verilog: 9 });
        clean(WidensEach::new());
    }

    #[test]
    fn a_sum_may_be_narrowed() {
        clean(Narrows::new());
    }

    #[test]
    fn all_bits_of_a_narrowed_value_are_not_asked_for() {
        assert_eq!(only_fault(AllOfNarrow::new()).cause, Cause::Width { rust: Some(4), verilog: 8 });
    }

    #[test]
    fn a_sign_is_given_to_values_of_the_width_of_their_type_only() {
        assert_eq!(only_fault(SignOfNarrow::new()).cause, Cause::Width { rust: Some(4), verilog: 8 });
        clean(SignOfSlice::new());
    }
}

mod signs {
    use super::*;

    block!(AgainstNumber { a: Signal<In, Signed<16>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() < 5.into();
    });
    block!(AgainstConstant { a: Signal<In, Signed<16>>, y: Signal<Out, Bit>,
        five: Constant<Signed<16>> = Constant::new(5.into()) }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() < self.five.val();
    });
    block!(OfSlice { a: Signal<In, Signed<16>>, b: Signal<In, Signed<8>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bits::<8>(4) < self.b.val();
    });
    block!(Product { a: Signal<In, Signed<16>>, b: Signal<In, Signed<16>>, y: Signal<Out, Signed<32>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val() * self.b.val();
    });
    block!(ProductOfSlice { a: Signal<In, Signed<20>>, b: Signal<In, Signed<16>>, y: Signal<Out, Signed<32>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bits::<16>(0) * self.b.val();
    });
    block!(Narrowed { a: Signal<In, Signed<16>>, b: Signal<In, Signed<16>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = signed_bit_cast::<8, 16>(self.a.val()) == signed_bit_cast::<8, 16>(self.b.val());
    });
    block!(Widened { a: Signal<In, Signed<16>>, b: Signal<In, Signed<16>>, y: Signal<Out, Signed<17>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = signed_cast_ext::<17, 16>(self.a.val()) + signed_cast_ext::<17, 16>(self.b.val());
    });

    #[test]
    fn a_signed_value_is_not_compared_with_a_number() {
        assert_eq!(only_fault(AgainstNumber::new()).cause, Cause::SignLost);
        clean(AgainstConstant::new());
    }

    #[test]
    fn a_slice_has_no_sign_in_verilog() {
        assert_eq!(only_fault(OfSlice::new()).cause, Cause::SignLost);
        let faults = faults(ProductOfSlice::new());
        assert!(!faults.is_empty() && faults.iter().all(|fault| fault.cause == Cause::SignLost), "{faults:?}");
        clean(Product::new());
    }

    #[test]
    fn a_signed_cast_that_may_narrow_is_not_compared() {
        let faults = faults(Narrowed::new());
        assert!(!faults.is_empty() && faults.iter().all(|fault| matches!(fault.cause, Cause::Width { .. })));
        clean(Widened::new());
    }
}

mod order {
    use super::*;

    block!(Between { a: Signal<In, Bit>, b: Signal<In, Bit>, x: Signal<Local, Bit>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.x.next = self.a.val();
        self.y.next = self.x.val();
        if self.b.val() {
            self.x.next = false;
        }
    });
    block!(InBranches { a: Signal<In, Bit>, b: Signal<In, Bit>, x: Signal<Local, Bit>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.x.next = self.a.val();
        self.y.next = false;
        if self.b.val() {
            self.y.next = self.x.val();
        } else {
            self.x.next = false;
        }
    });

    #[test]
    fn a_signal_is_not_read_between_its_assignments() {
        assert_eq!(only_fault(Between::new()).cause, Cause::ReadBetweenAssignments);
    }

    #[test]
    fn a_signal_may_be_read_in_one_branch_and_assigned_in_the_other() {
        assert_eq!(faults(InBranches::new()), []);
    }
}

#[test]
fn the_blocks_of_this_crate_pass() {
    let mut fifo = hdl::fifo::Fifo::<4, 16>::new(hdl::ram::RamStyle::Block);
    fifo.connect_all();
    assert_eq!(lint(&fifo, "fifo"), []);
    assert!(verilog(&fifo, "fifo").unwrap().contains("module fifo$words("));
}
