//! What the board does while it is busy: it waits, and nothing is lost.

use crate::board_support::{Conversation, answers, crowded_image, frame, full_image, restless_image};
use spec::core::UP5K;
use spec::image::SectionKind;
use spec::wire::{Answer, Command, EVENTS_MAX, LOAD_MAX_BYTES, NackReason};

/// A board whose core delivers spikes long after every tick, just after such a tick.
fn restless() -> Conversation {
    let mut conversation = Conversation::begun();
    let image = restless_image(&conversation.core);
    assert_eq!(conversation.load(&image, LOAD_MAX_BYTES), Answer::Load { next_offset: image.len() as u32 });
    conversation.may_overrun = true;
    conversation.command(&Command::Tick(vec![]));
    conversation
}

/// Sends commands back to back.
fn together(conversation: &mut Conversation, commands: &[Command]) -> Vec<Answer> {
    let mut bytes = Vec::new();
    for command in commands {
        bytes.extend(frame(conversation.next, command));
        conversation.count(command.opcode(), &command.payload());
    }
    conversation.bytes(&bytes)
}

#[test]
fn five_pending_answers_are_sent_in_order() {
    let mut conversation = restless();
    let commands = [Command::Status, Command::Status, Command::Status, Command::Status, Command::HELLO];
    let received = together(&mut conversation, &commands);
    assert!(
        matches!(received[..], [.., Answer::Status(_), Answer::Hello(_)]) && received.len() == commands.len(),
        "{received:?}"
    );
}

#[test]
fn memories_are_read_after_the_spikes_of_the_last_tick_are_delivered() {
    let mut conversation = restless();
    let tick = Command::Tick(vec![]);
    for lane in 0..conversation.core.lanes {
        for section in SectionKind::ALL {
            let verify = Command::Verify { section, lane };
            together(&mut conversation, &[tick.clone(), verify]);
            let read = Command::Read { section, lane, address: 3, n_words: 2 };
            together(&mut conversation, &[tick.clone(), read]);
            together(&mut conversation, &[tick.clone(), tick.clone()]);
        }
    }
}

#[test]
fn an_image_is_loaded_after_the_spikes_of_the_last_tick_are_delivered() {
    let mut conversation = restless();
    let image = restless_image(&conversation.core);
    let tick = Command::Tick(vec![]);
    let first = Command::Load { offset: 0, bytes: image[..1].to_vec() };
    together(&mut conversation, &[tick.clone(), tick.clone(), first]);
    for (chunk, offset) in image[1..].chunks(LOAD_MAX_BYTES).zip((1..).step_by(LOAD_MAX_BYTES)) {
        conversation.command(&Command::Load { offset, bytes: chunk.to_vec() });
    }
    let received = together(&mut conversation, &[tick.clone(), tick]);
    assert!(matches!(received[..], [Answer::Tick(_), Answer::Tick(_)]), "{received:?}");
}

#[test]
fn events_wait_for_a_full_queue() {
    let core = UP5K.configuration;
    let mut conversation = Conversation::with_core(core);
    let n_events = EVENTS_MAX as u16;
    let image = crowded_image(&core, n_events);
    assert_eq!(conversation.load(&image, LOAD_MAX_BYTES), Answer::Load { next_offset: image.len() as u32 });
    let all = Command::Events((0..n_events).collect());
    for _ in 0..2 {
        assert_eq!(conversation.command(&all), Answer::Events { n_pending: n_events });
        conversation.command(&Command::Tick(vec![]));
    }
    let Answer::Status(counters) = conversation.command(&Command::Status) else { panic!("no status") };
    assert_eq!(counters.events, 2 * u32::from(n_events));
}

#[test]
fn bad_frames_that_end_while_a_tick_does_are_all_counted() {
    const N_BAD: u32 = 12;
    let mut conversation = restless();
    // The number of events shifts the end of the tick relative to the bad frames.
    for (n_before, n_events) in (0..).zip([0, 3, 6, 9, 12, 15]) {
        let tick = Command::Tick((0..n_events).collect());
        let bytes = [frame(conversation.next, &tick), [7, 0].repeat(N_BAD as usize)].concat();
        // At most one refusal per bad frame.
        let received = answers(&conversation.simulated.exchange(&bytes, 24 + 11 * N_BAD as usize));
        let [Answer::Tick(_), ref refusals @ ..] = received[..] else { panic!("{received:?}") };
        assert!((1..=N_BAD as usize).contains(&refusals.len()), "{received:?}");
        conversation.next = conversation.next.wrapping_add(1);
        let status = frame(conversation.next, &Command::Status);
        conversation.next = conversation.next.wrapping_add(1);
        let received = answers(&conversation.simulated.exchange(&status, 45));
        let [Answer::Status(counters)] = received[..] else { panic!("{received:?}") };
        assert_eq!((counters.bad_frames, counters.ticks), (N_BAD * (n_before + 1), n_before + 2));
    }
}

#[test]
fn a_bad_frame_is_counted_in_every_cycle_of_counting_a_tick() {
    let mut conversation = restless();
    let mut n_bad = 0;
    // An event makes the tick 16 cycles longer, a delimiter delays the bad frame by 40; the baud rate covers the cycles between.
    for n_events in 0..8 {
        for n_delimiters in 3..5 {
            for n_late in 0..8 {
                let tick = frame(conversation.next, &Command::Tick((0..n_events).collect()));
                conversation.next = conversation.next.wrapping_add(1);
                conversation.simulated.send(&tick, 1.0);
                let n_cycles = f64::from((n_delimiters + 2) * 40);
                let bad = [vec![0; n_delimiters as usize], vec![7, 0]].concat();
                conversation.simulated.send(&bad, n_cycles / (n_cycles + f64::from(n_late)));
                let received = answers(&conversation.simulated.exchange(&[], 18 + 11));
                assert!(matches!(received[..], [Answer::Tick(_), Answer::Nack { .. }]), "{received:?}");
                n_bad += 1;
            }
        }
    }
    let received = answers(&conversation.simulated.exchange(&frame(conversation.next, &Command::Status), 45));
    let [Answer::Status(counters)] = received[..] else { panic!("{received:?}") };
    assert_eq!((counters.bad_frames, counters.ticks), (n_bad, n_bad + 1));
}

#[test]
fn a_dropped_frame_is_counted_in_every_cycle_of_counting_a_tick() {
    let mut conversation = Conversation::begun();
    let image = full_image(&conversation.core);
    conversation.load(&image, LOAD_MAX_BYTES);
    let mut n_dropped = 0;
    let mut drops = |n_delimiters: usize, n_late: u32| {
        let number = conversation.next;
        let tick = frame(number, &Command::Tick((0..conversation.core.channels).collect()));
        let status = |index: u8| frame(number.wrapping_add(index), &Command::Status);
        // The first has a free buffer, the second only if it begins after the end of the tick.
        let others = [status(1), vec![0; n_delimiters], status(2)].concat();
        conversation.simulated.send(&tick, 1.0);
        let n_cycles = (others.len() * 40) as f64;
        conversation.simulated.send(&others, n_cycles / (n_cycles + f64::from(n_late)));
        let received = answers(&conversation.simulated.exchange(&[], 18 + 2 * 45));
        let is_dropped = matches!(received.last(), Some(Answer::Nack { reason: NackReason::Dropped, .. }));
        conversation.next = number.wrapping_add(if is_dropped { 2 } else { 3 });
        n_dropped += u32::from(is_dropped);
        let received = answers(&conversation.simulated.exchange(&frame(conversation.next, &Command::Status), 45));
        conversation.next = conversation.next.wrapping_add(1);
        let [Answer::Status(counters)] = received[..] else { panic!("{received:?}") };
        assert_eq!(counters.dropped_frames, n_dropped, "{n_delimiters} delimiters, {n_late} cycles late");
        is_dropped
    };
    let first_kept = (0..100).find(|n_delimiters| !drops(*n_delimiters, 0)).expect("a tick ends");
    // A frame that began during the tick ends while the tick is counted, which takes as long as a delimiter.
    let n_delimiters = first_kept - frame(0, &Command::Status).len();
    for n_delimiters in n_delimiters - 1..=n_delimiters + 1 {
        for n_late in 0..40 {
            assert!(drops(n_delimiters, n_late));
        }
    }
}

#[test]
fn counters_carry_into_their_upper_halves() {
    let mut conversation = restless();
    for _ in 0..140 {
        conversation.command(&Command::Tick(vec![]));
    }
    let Answer::Status(counters) = conversation.command(&Command::Status) else { panic!("no status") };
    assert!(counters.synaptic_events > 2 * u32::from(u16::MAX), "{counters:?}");
}
