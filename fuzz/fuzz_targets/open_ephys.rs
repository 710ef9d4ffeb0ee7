//! The Open Ephys GUI: what a publisher of ZeroMQ sends, and what its messages say.
#![no_main]

use libfuzzer_sys::fuzz_target;
use live::source::open_ephys::{Element, Message, Subscriber};

fuzz_target!(|bytes: &[u8]| {
    let (mut subscriber, mut rest) = (Subscriber::default(), bytes);
    while let Ok(Some((length, element))) = subscriber.take(rest) {
        rest = &rest[length..];
        if let Element::Message(parts) = element {
            let _ = Message::parse(&parts);
        }
    }
});
