//! The contract's vector file against this crate, in both directions, and against the generator of the file.
//!
//! The file is written if it does not exist or the environment has `UPDATE_VECTORS=1`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::OnceLock;

use spec::image::NetworkImage;
use spec::lif::{ResetMode, update};
use spec::vectors::Vectors;
use spec::wire::{Answer, Command, ErrorCode, FrameReader, NackReason, opcode};

use crate::support;

/// The text of the vector file.
fn contract() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join("contract.txt");
        if std::env::var_os("UPDATE_VECTORS").is_some_and(|value| value == "1") || !path.exists() {
            std::fs::write(&path, support::contract_text()).expect("the vector file can be written");
        }
        std::fs::read_to_string(&path).expect("the vector file can be read")
    })
}

fn vectors() -> Vectors {
    Vectors::parse(contract()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_file_is_what_its_generator_writes() {
    for (index, (found, written)) in contract().lines().zip(support::contract_text().lines()).enumerate() {
        assert_eq!(found, written, "line {}", index + 1);
    }
    assert_eq!(contract().len(), support::contract_text().len());
}

#[test]
fn every_update_gives_the_state_and_spike_of_its_line() {
    for vector in vectors().updates {
        assert_eq!(vector.parameters.validate(), Ok(()), "line {}", vector.line);
        let found = update(&vector.parameters, vector.before, vector.weight_sum);
        assert_eq!((found.state, found.spike), (vector.after, vector.spike), "line {}", vector.line);
    }
}

#[test]
fn every_frame_is_written_as_its_bytes_and_read_from_them() {
    for vector in vectors().frames {
        assert_eq!(vector.frame.to_wire(), vector.wire, "line {}", vector.line);
        let mut reader = FrameReader::default();
        let read: Vec<_> = vector.wire.iter().filter_map(|byte| reader.push(*byte)).collect();
        assert_eq!(read, [Ok(vector.frame)], "line {}", vector.line);
    }
}

#[test]
fn every_frame_is_a_command_or_an_answer_with_the_same_payload() {
    for vector in vectors().frames {
        let again = match Answer::from_frame(&vector.frame) {
            Some(answer) => answer.to_frame(vector.frame.sequence).payload,
            None => Command::decode(vector.frame.opcode, &vector.frame.payload).expect("a command").payload(),
        };
        assert_eq!(again, vector.frame.payload, "line {}", vector.line);
    }
}

#[test]
fn every_image_is_written_as_its_bytes_and_read_from_them() {
    for vector in vectors().images {
        assert_eq!(vector.image.encode().as_ref(), Ok(&vector.bytes), "line {}", vector.line);
        assert_eq!(NetworkImage::decode(&vector.bytes), Ok(vector.image), "line {}", vector.line);
    }
}

#[test]
fn the_updates_reach_both_ends_of_every_choice() {
    let updates = vectors().updates;
    assert!(updates.len() > 300, "{}", updates.len());
    for mode in [ResetMode::ToZero, ResetMode::Subtract] {
        assert!(updates.iter().filter(|vector| vector.spike && vector.parameters.reset_mode == mode).count() > 20);
    }
    for level in [i16::MIN, i16::MAX] {
        assert!(updates.iter().any(|vector| vector.after.potential == level && vector.before.potential != level));
        assert!(updates.iter().any(|vector| vector.after.current == level && vector.before.current != level));
    }
    assert!(updates.iter().any(|vector| vector.after.adaptation == i16::MAX && vector.spike));
    assert!(updates.iter().any(|vector| vector.before.refractory_left > 0 && vector.after.potential != 0));
    assert!(updates.iter().any(|vector| vector.parameters.never_fires));
}

#[test]
fn the_frames_have_every_command_answer_error_and_refusal() {
    let frames = vectors().frames;
    let opcodes: BTreeSet<u8> = frames.iter().map(|vector| vector.frame.opcode).collect();
    for command in opcode::HELLO..=opcode::STATUS {
        assert!(opcodes.contains(&command) && opcodes.contains(&(command | 0x80)), "{command:#x}");
    }
    let answers: Vec<Answer> = frames.iter().filter_map(|vector| Answer::from_frame(&vector.frame)).collect();
    let errors = answers.iter().filter_map(|answer| match answer {
        Answer::Error { code, .. } => Some(*code as u8),
        _ => None,
    });
    let reasons = answers.iter().filter_map(|answer| match answer {
        Answer::Nack { reason, .. } => Some(*reason as u8),
        _ => None,
    });
    let all = |from_number: fn(u8) -> bool| (0..=u8::MAX).filter(move |number| from_number(*number));
    assert!(errors.collect::<BTreeSet<_>>().into_iter().eq(all(|number| ErrorCode::from_number(number).is_some())));
    assert!(reasons.collect::<BTreeSet<_>>().into_iter().eq(all(|number| NackReason::from_number(number).is_some())));
}

#[test]
fn the_images_have_one_lane_and_several() {
    let lanes: BTreeSet<usize> = vectors().images.iter().map(|vector| vector.image.lanes.len()).collect();
    assert!(lanes.contains(&1) && lanes.len() > 1);
}

#[test]
fn a_line_that_is_not_a_vector_is_refused_with_its_number_and_cause() {
    let neuron = "0 0 0 1 0 0 0 zero fires";
    let cases = [
        ("nonsense".to_owned(), 1, "nonsense is out of place here"),
        ("\n# comment\nend".to_owned(), 3, "end is out of place here"),
        (format!("lif {neuron} | 0 0 0 0 | 0 -> 0 0 0 0"), 1, "0 is missing"),
        (format!("lif {neuron} | 0 0 0 0 | 0 -> 0 0 0 0 2"), 1, "2 is neither 0 nor 1"),
        (format!("lif {neuron} | 0 0 0 0 | 40000 -> 0 0 0 0 1"), 1, "weight_sum cannot be 40000"),
        (format!("lif {neuron} , 0 0 0 0 | 0 -> 0 0 0 0 1"), 1, ", instead of |"),
        (format!("lif {neuron} | 0 0 0 0 | 0 -> 0 0 0 0 1 1"), 1, "1 is one field too many"),
        ("frame 0 0101 - -> 00".to_owned(), 1, "opcode is not one byte"),
        ("frame 0 01 5 -> 00".to_owned(), 1, "5 is not hexadecimal"),
        ("frame 0 01 +5 -> 00".to_owned(), 1, "+5 is not hexadecimal"),
        ("frame 0 01 é -> 00".to_owned(), 1, "é is not hexadecimal"),
        ("image 1 1 1".to_owned(), 1, "the image of line 1 has no end"),
        ("image 1 1 1\nimage 1 1 1".to_owned(), 2, "image is out of place here"),
        ("image 1 1 1\nend".to_owned(), 2, "0 neurons, not 1"),
        (format!("image 1 1 1\nneuron {neuron} x"), 2, "readout cannot be x"),
        ("image 1 1 1\nsynapse 1 0 0 0".to_owned(), 2, "no such lane"),
        ("image 1 1 1\nsynapse 0 2 0 0".to_owned(), 2, "no such row"),
        ("image 1 1 1\nsynapse 0 1 0 0\nsynapse 0 0 0 0".to_owned(), 3, "rows must ascend"),
    ];
    for (text, line, cause) in cases {
        let error = Vectors::parse(&text).unwrap_err();
        assert_eq!((error.line, &error.cause[..]), (line, cause), "{text}");
    }
}
