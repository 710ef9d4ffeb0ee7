//! The lint refuses names, slices and connections that rust-hdl would translate wrongly, and accepts their corrected forms.

use crate::lint_support::{block, clean, faults, only_fault};
use hdl::emit::{EmitError, verilog};
use hdl::lint::{Cause, Fault};
use rust_hdl::prelude::*;

mod bits_of {
    use super::*;

    block!(Expression { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = (self.a.val() + self.b.val()).get_bit(7);
    });
    block!(Local_ { a: Signal<In, Bits<8>>, b: Signal<In, Bits<8>>, y: Signal<Out, Bit>,
        sum: Signal<Local, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.sum.next = self.a.val() + self.b.val();
        self.y.next = self.sum.val().get_bit(7);
    });
    block!(OneBit { a: Signal<In, Bits<1>>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bit(0);
    });
    block!(Beyond { a: Signal<In, Bits<8>>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bits::<8>(4);
    });
    block!(Within { a: Signal<In, Bits<8>>, y: Signal<Out, Bits<4>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bits::<4>(4);
    });
    block!(Replaces { a: Signal<In, Bits<8>>, flag: Signal<In, Bit>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().replace_bit(2, !self.flag.val());
    });
    block!(ReplacesSignal { a: Signal<In, Bits<8>>, flag: Signal<In, Bit>, y: Signal<Out, Bits<8>> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().replace_bit(2, self.flag.val());
    });

    #[test]
    fn expressions_are_refused() {
        assert_eq!(only_fault(Expression::new()).cause, Cause::SliceOfExpression);
        clean(Local_::new());
    }

    #[test]
    fn single_bits_are_refused() {
        assert_eq!(only_fault(OneBit::new()).cause, Cause::SliceOfBit);
    }

    #[test]
    fn slices_beyond_the_signal_are_refused() {
        assert_eq!(only_fault(Beyond::new()).cause, Cause::SliceBeyondEnd);
        clean(Within::new());
    }

    #[test]
    fn an_inversion_as_replacement_is_refused() {
        assert_eq!(only_fault(Replaces::new()).cause, Cause::Width { rust: Some(1), verilog: 32 });
        clean(ReplacesSignal::new());
    }
}

mod names {
    use super::*;

    block!(Reserved { wait: Signal<In, Bit>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.wait.val();
    });
    block!(Raw { r#type: Signal<In, Bit>, y: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.r#type.val();
    });

    #[derive(LogicBlock, Default)]
    struct Generic<const N: usize> {
        pub a: Signal<In, Bits<8>>,
        pub y: Signal<Out, Bit>,
    }

    impl<const N: usize> Logic for Generic<N> {
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = self.a.val().get_bit(N);
        }
    }

    block!(Looped { a: [Signal<In, Bits<8>>; 4], y: [Signal<Out, Bit>; 4] }
    #[hdl_gen]
    fn update(&mut self) {
        for i in 0..3 {
            self.y[i].next = self.a[i + 1].val().get_bit(i);
        }
        self.y[3].next = self.a[0].val().get_bit(7);
    });

    #[derive(LogicBlock, Default)]
    struct GenericIndex<const N: usize> {
        pub a: [Signal<In, Bit>; 4],
        pub y: Signal<Out, Bit>,
    }

    impl<const N: usize> Logic for GenericIndex<N> {
        #[hdl_gen]
        fn update(&mut self) {
            self.y.next = !self.a[N].val();
        }
    }

    block!(Constant_ { a: Signal<In, Bits<8>>, y: Signal<Out, Bit>, at: Constant<Bits<3>> = Constant::new(5.into()) }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val().get_bit(self.at.val().index());
    });

    #[derive(Copy, Clone, PartialEq, Debug, LogicState)]
    enum Phase {
        Idle,
        Busy,
    }

    block!(Machine { clock: Signal<In, Clock>, go: Signal<In, Bit>, y: Signal<Out, Bit>, phase: DFF<Phase> }
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, phase);
        match self.phase.q.val() {
            Phase::Idle => {
                if self.go.val() {
                    self.phase.d.next = Phase::Busy;
                }
            }
            Phase::Busy => {
                self.phase.d.next = Phase::Idle;
            }
        }
        self.y.next = (self.phase.q.val() == Phase::Busy) & !self.go.val();
    });

    #[test]
    fn keywords_are_refused() {
        let fault = only_fault(Reserved::new());
        assert_eq!((fault.cause, fault.expression.as_str()), (Cause::Keyword, "wait"));
        assert!(faults(Raw::new()).iter().any(|fault| fault.cause == Cause::NotAnIdentifier));
    }

    #[test]
    fn a_const_generic_as_a_value_is_refused() {
        let fault = only_fault(Generic::<3>::default());
        assert_eq!((fault.cause, fault.expression.as_str()), (Cause::UnknownName, "N"));
        assert_eq!(only_fault(GenericIndex::<3>::default()).cause, Cause::UnknownName);
        clean(Constant_::new());
    }

    #[test]
    fn loops_and_arrays_are_accepted() {
        clean(Looped::new());
    }

    block!(Clocked { clock: Signal<In, Clock>, a: Signal<In, Bit>, y: Signal<Out, Bit>, one: DFF<Bit>, two: DFF<Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clock, one, two);
        self.one.d.next = self.a.val();
        self.two.d.next = self.one.q.val();
        self.y.next = self.two.q.val();
    });

    #[test]
    fn clocks_of_several_blocks_are_accepted() {
        clean(Clocked::new());
    }

    #[test]
    fn states_are_accepted() {
        clean(Machine::new());
    }
}

mod connections {
    use super::*;

    block!(Undriven { a: Signal<In, Bit>, y: Signal<Out, Bit>, z: Signal<Out, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.y.next = self.a.val();
    });
    block!(Loops { y: Signal<Out, Bit>, z: Signal<Local, Bit> }
    #[hdl_gen]
    fn update(&mut self) {
        self.z.next = self.y.val();
        self.y.next = self.z.val();
    });

    #[test]
    fn faults_are_errors_not_panics() {
        let connected = |mut block: Undriven| {
            block.connect_all();
            verilog(&block, "top")
        };
        let error = connected(Undriven::new()).unwrap_err();
        assert!(matches!(&error, EmitError::Open { signals, .. } if signals.contains("$z")), "{error}");
        let mut loops = Loops::new();
        loops.connect_all();
        assert!(matches!(verilog(&loops, "top"), Err(EmitError::Loop { .. })));
    }

    #[test]
    fn a_message_names_module_expression_cause_and_remedy() {
        let fault = Fault { module: "top$a".into(), expression: "a + b".into(), cause: Cause::NoParentheses };
        let text = EmitError::Lint(vec![fault]).to_string();
        for part in ["top$a", "a + b", "precedence", "parentheses"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
