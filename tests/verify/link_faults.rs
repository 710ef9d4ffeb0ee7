//! Ten thousand damaged conversations.

use crate::link_faults::run_cases;

const N_CASES: u64 = 2_500;

#[test]
fn ten_thousand_damaged_conversations_lose_no_tick_part_1() {
    run_cases(0..N_CASES);
}

#[test]
fn ten_thousand_damaged_conversations_lose_no_tick_part_2() {
    run_cases(10_000..10_000 + N_CASES);
}

#[test]
fn ten_thousand_damaged_conversations_lose_no_tick_part_3() {
    run_cases(20_000..20_000 + N_CASES);
}

#[test]
fn ten_thousand_damaged_conversations_lose_no_tick_part_4() {
    run_cases(30_000..30_000 + N_CASES);
}
