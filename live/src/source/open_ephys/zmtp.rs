//! ZeroMQ's protocol, ZMTP 3.0 without security: the side of a subscriber, and what a publisher says to one.

/// The longest part of a message that is accepted.
pub const PART_MAX_BYTES: usize = 1 << 24;
/// Parts of a message.
pub const PARTS_MAX: usize = 8;

const GREETING_BYTES: usize = 64;
const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// The parts of a message.
pub type Parts = Vec<Vec<u8>>;

/// What a subscriber says first. More than this at once, and libzmq 4.3 waits for ever.
#[must_use]
pub fn hello() -> Vec<u8> {
    greeting().to_vec()
}

/// All that a subscriber of everything says to a publisher.
pub(crate) fn subscriber_hello() -> Vec<u8> {
    [&greeting()[..], &ready(b"SUB"), &SUBSCRIPTION].concat()
}

/// What a publisher says to a subscriber before its first message.
pub(crate) fn publisher_hello() -> Vec<u8> {
    [&greeting()[..], &ready(b"PUB")].concat()
}

/// A message as it is sent.
pub(crate) fn to_frames(parts: &Parts) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let more = if place + 1 < parts.len() { MORE } else { 0 };
        match u8::try_from(part.len()) {
            Ok(length) => bytes.extend([more, length]),
            Err(_) => {
                bytes.push(more | LONG);
                bytes.extend((part.len() as u64).to_be_bytes());
            }
        }
        bytes.extend(part);
    }
    bytes
}

/// What a socket of this type says once it was greeted.
fn ready(kind: &[u8; 3]) -> Vec<u8> {
    let ready = [b"\x05READY\x0bSocket-Type\0\0\0\x03", &kind[..]].concat();
    [&[COMMAND, ready.len() as u8], &ready[..]].concat()
}

/// What a subscriber of everything says once the publisher is ready: a message whose first byte is 1 subscribes to what begins with
/// the rest of it.
const SUBSCRIPTION: [u8; 3] = [0, 1, 1];

/// The greeting of version 3.0, without security.
fn greeting() -> [u8; GREETING_BYTES] {
    let mut greeting = [0; GREETING_BYTES];
    greeting[0] = 0xff;
    greeting[8] = 1;
    greeting[9] = 0x7f;
    greeting[10] = 3;
    greeting[12..16].copy_from_slice(b"NULL");
    greeting
}

/// What an element of a publisher's stream asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// To be answered with this.
    Reply(Vec<u8>),
    /// A whole message.
    Message(Parts),
    /// Nothing: there is more to come.
    Part,
}

/// Reads what a publisher sends.
#[derive(Clone, Debug, Default)]
pub struct Subscriber {
    is_greeted: bool,
    parts: Parts,
}

impl Subscriber {
    /// Reads the next element that bytes begin with; none if they end before it does. Also returns its length.
    ///
    /// # Errors
    /// The other side does not speak the protocol, wants security, or is beyond a limit.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Option<(usize, Element)>, String> {
        if !self.is_greeted {
            return self.greet(bytes);
        }
        let Some(flags) = bytes.first() else { return Ok(None) };
        if flags & !(MORE | LONG | COMMAND) != 0 {
            return Err(format!("a frame has flags {flags:#04x}, which ZeroMQ does not know"));
        }
        let (start, length) = if flags & LONG == 0 {
            let Some(length) = bytes.get(1) else { return Ok(None) };
            (2, u64::from(*length))
        } else {
            let Some(length) = bytes.get(1..9).and_then(|bytes| bytes.first_chunk()) else { return Ok(None) };
            (9, u64::from_be_bytes(*length))
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > PART_MAX_BYTES {
            return Err(format!("a part of a message has {length} bytes; at most {PART_MAX_BYTES} are read"));
        }
        let Some(body) = bytes.get(start..start + length) else { return Ok(None) };
        let taken = start + length;
        if flags & COMMAND != 0 {
            return command(body).map(|element| Some((taken, element)));
        }
        if self.parts.len() == PARTS_MAX {
            return Err(format!("a message has more than {PARTS_MAX} parts"));
        }
        self.parts.push(body.to_vec());
        let is_whole = flags & MORE == 0;
        let element = if is_whole { Element::Message(std::mem::take(&mut self.parts)) } else { Element::Part };
        Ok(Some((taken, element)))
    }

    fn greet(&mut self, bytes: &[u8]) -> Result<Option<(usize, Element)>, String> {
        let is_wrong = |at: usize, expected: u8| bytes.get(at).is_some_and(|byte| *byte != expected);
        if is_wrong(0, 0xff) || is_wrong(9, 0x7f) {
            return Err("nobody speaks ZeroMQ there".to_owned());
        }
        if bytes.get(10).is_some_and(|version| *version < 3) {
            return Err("the other side speaks a ZeroMQ before 4.0, which is not read; update the GUI".to_owned());
        }
        let Some(greeting) = bytes.get(..GREETING_BYTES) else { return Ok(None) };
        if &greeting[12..32] != b"NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" {
            return Err("the other side wants ZeroMQ with security, which is not spoken here".to_owned());
        }
        self.is_greeted = true;
        Ok(Some((GREETING_BYTES, Element::Reply(ready(b"SUB")))))
    }
}

/// A publisher is ready or says why not.
fn command(body: &[u8]) -> Result<Element, String> {
    let name = body.split_first().and_then(|(length, rest)| rest.get(..usize::from(*length)));
    match name {
        Some(b"ERROR") => Err(format!("the other side refuses: {}", String::from_utf8_lossy(&body[6..]))),
        Some(b"READY") if is_publisher(body) => Ok(Element::Reply(SUBSCRIPTION.to_vec())),
        Some(b"READY") => Err("the other side is no publisher of ZeroMQ; its port is another one".to_owned()),
        _ => Ok(Element::Part),
    }
}

fn is_publisher(ready: &[u8]) -> bool {
    [&b"\x03PUB"[..], b"\x04XPUB"].iter().any(|kind| ready.windows(kind.len()).any(|part| part == *kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A publisher's side, with messages of these parts.
    fn published(messages: &[Parts]) -> Vec<u8> {
        [vec![publisher_hello()], messages.iter().map(to_frames).collect()].concat().concat()
    }

    fn read(bytes: &[u8]) -> Result<(Vec<Parts>, usize), String> {
        let (mut subscriber, mut messages, mut at) = (Subscriber::default(), Vec::new(), 0);
        while let Some((length, element)) = subscriber.take(&bytes[at..])? {
            at += length;
            if let Element::Message(message) = element {
                messages.push(message);
            }
        }
        Ok((messages, at))
    }

    proptest! {
        #[test]
        fn messages_are_read_whole(
            messages in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..600), 1..5), 0..4
            ),
            cut in 0.0..1.0f64,
        ) {
            let bytes = published(&messages);
            prop_assert_eq!(read(&bytes).unwrap(), (messages.clone(), bytes.len()));
            let cut = (cut * bytes.len() as f64) as usize;
            let (some, at) = read(&bytes[..cut]).unwrap();
            prop_assert!(at <= cut && messages.starts_with(&some));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let greeted = [&greeting()[..], &bytes].concat();
            let _ = (read(&bytes), read(&greeted));
        }
    }

    #[test]
    fn what_is_not_spoken_is_refused_with_its_reason() {
        let with = |at: usize, byte: u8| {
            let mut bytes = published(&[]);
            bytes[at] = byte;
            read(&bytes).unwrap_err()
        };
        assert!(with(0, b'H').contains("nobody speaks ZeroMQ"));
        assert!(with(10, 1).contains("before 4.0"));
        assert!(with(12, b'C').contains("security"));
        let n = published(&[]).len();
        assert!(with(n - 1, b'X').contains("no publisher"));
        let long = [&published(&[])[..], &[LONG], &u64::MAX.to_be_bytes()].concat();
        assert!(read(&long).unwrap_err().contains("at most"));
        let many = [&published(&[])[..], &[MORE, 0].repeat(PARTS_MAX + 1)].concat();
        assert!(read(&many).unwrap_err().contains("parts"));
    }
}
