//! The contract's test vectors: one text file that defines arithmetic, frames and image bytes by example.
//!
//! The file is `vectors/contract.txt` beside this crate's manifest. A line is empty, a comment after `#`, or one of
//!
//! ```text
//! lif PARAMETERS | STATE | weight_sum -> STATE spike
//! frame sequence opcode payload -> wire
//! image n_channels n_neurons n_lanes
//! neuron PARAMETERS readout
//! synapse lane row post_neuron weight
//! bytes hex
//! end
//! ```
//!
//! PARAMETERS are synaptic_decay, membrane_decay, adaptation_decay, threshold, adaptation_increment, bias, refractory_ticks,
//! `zero` or `subtract`, and `fires` or `silent`. STATE is potential, current, adaptation, refractory_left. Numbers are
//! decimal; opcode, payload, wire and bytes hexadecimal, `-` where there are none; spike is 0 or 1; readout a class or `-`.
//! The lines from `image` to `end` belong together: neurons by id, synapses by lane and row, then the image's bytes.

use std::str::FromStr;

use crate::image::{LaneSynapses, NetworkImage, Neuron, Synapse};
use crate::lif::{NeuronParameters, NeuronState, ResetMode};
use crate::wire::Frame;

/// All vectors of a file, in the file's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vectors {
    /// Neuron updates.
    pub updates: Vec<UpdateVector>,
    /// Frames.
    pub frames: Vec<FrameVector>,
    /// Images.
    pub images: Vec<ImageVector>,
}

/// One tick of one neuron: `lif::update(parameters, before, weight_sum)` gives `after` and `spike`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateVector {
    /// Line in the file, from 1.
    pub line: usize,
    /// Constants of the neuron.
    pub parameters: NeuronParameters,
    /// State before.
    pub before: NeuronState,
    /// Sum of the weights.
    pub weight_sum: i16,
    /// State after.
    pub after: NeuronState,
    /// Whether it fired.
    pub spike: bool,
}

/// A frame and its bytes on the wire, delimiter included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameVector {
    /// Line in the file, from 1.
    pub line: usize,
    /// The frame.
    pub frame: Frame,
    /// Its bytes.
    pub wire: Vec<u8>,
}

/// A network image and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageVector {
    /// Line in the file, from 1, at which it starts.
    pub line: usize,
    /// The image.
    pub image: NetworkImage,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A line that is not a vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vector file, line {line}: {cause}; write the file again or correct the line")]
pub struct VectorError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub cause: String,
}

impl Vectors {
    /// Reads a vector file.
    ///
    /// # Errors
    /// The first line that is not of the form above. Values are not checked.
    pub fn parse(text: &str) -> Result<Self, VectorError> {
        let mut vectors = Self::default();
        let mut open = None;
        let mut n_lines = 0;
        for (index, line) in text.lines().enumerate() {
            n_lines = index + 1;
            let content = line.split_once('#').map_or(line, |(content, _)| content);
            let mut fields = Fields(content.split_whitespace());
            if let Some(kind) = fields.0.next() {
                let result = vectors.parse_line(n_lines, kind, &mut fields, &mut open).and_then(|()| fields.end());
                result.map_err(|cause| VectorError { line: n_lines, cause })?;
            }
        }
        match open {
            None => Ok(vectors),
            Some(OpenImage { vector, .. }) => {
                Err(VectorError { line: n_lines, cause: format!("the image of line {} has no end", vector.line) })
            }
        }
    }

    fn parse_line(
        &mut self,
        line: usize,
        kind: &str,
        fields: &mut Fields<'_>,
        open: &mut Option<OpenImage>,
    ) -> Result<(), String> {
        match (kind, open.as_mut()) {
            ("lif", None) => self.updates.push(fields.update(line)?),
            ("frame", None) => self.frames.push(fields.frame(line)?),
            ("image", None) => *open = Some(fields.image(line)?),
            ("neuron", Some(image)) => image.vector.image.neurons.push(fields.neuron()?),
            ("synapse", Some(image)) => image.add_synapse(fields)?,
            ("bytes", Some(image)) => image.vector.bytes.extend(fields.hex()?),
            ("end", Some(_)) => self.images.extend(open.take().map(OpenImage::close).transpose()?),
            _ => return Err(format!("{kind} is out of place here")),
        }
        Ok(())
    }
}

/// An image before its `end`.
struct OpenImage {
    vector: ImageVector,
    n_neurons: usize,
}

impl OpenImage {
    fn add_synapse(&mut self, fields: &mut Fields<'_>) -> Result<(), String> {
        let (lane, row): (usize, usize) = (fields.number("lane")?, fields.number("row")?);
        let synapse = Synapse { post_neuron: fields.number("post_neuron")?, weight: fields.number("weight")? };
        let table = self.vector.image.lanes.get_mut(lane).ok_or("no such lane")?;
        let behind =
            table.row_ptr.get_mut(row.saturating_add(1)..).filter(|rows| !rows.is_empty()).ok_or("no such row")?;
        if usize::from(behind[0]) != table.synapses.len() {
            return Err("rows must ascend".to_owned());
        }
        for row_end in behind {
            *row_end = row_end.checked_add(1).ok_or("too many synapses on the lane")?;
        }
        table.synapses.push(synapse);
        Ok(())
    }

    fn close(self) -> Result<ImageVector, String> {
        let found = self.vector.image.neurons.len();
        if found == self.n_neurons { Ok(self.vector) } else { Err(format!("{found} neurons, not {}", self.n_neurons)) }
    }
}

struct Fields<'a>(std::str::SplitWhitespace<'a>);

impl Fields<'_> {
    fn word(&mut self, name: &str) -> Result<&str, String> {
        self.0.next().ok_or_else(|| format!("{name} is missing"))
    }

    fn number<T: FromStr>(&mut self, name: &str) -> Result<T, String> {
        let word = self.word(name)?;
        word.parse().map_err(|_| format!("{name} cannot be {word}"))
    }

    /// Whether the next word is the second of the two.
    fn choice(&mut self, words: [&str; 2]) -> Result<bool, String> {
        let word = self.word(words[0])?;
        let index = words.iter().position(|choice| *choice == word);
        index.map(|index| index == 1).ok_or_else(|| format!("{word} is neither {} nor {}", words[0], words[1]))
    }

    fn mark(&mut self, mark: &str) -> Result<(), String> {
        let word = self.word(mark)?;
        if word == mark { Ok(()) } else { Err(format!("{word} instead of {mark}")) }
    }

    fn hex(&mut self) -> Result<Vec<u8>, String> {
        let word = self.word("hexadecimal")?;
        if word == "-" {
            return Ok(Vec::new());
        }
        let pairs = word.as_bytes().chunks(2).map(|pair| match std::str::from_utf8(pair) {
            Ok(pair) if pair.len() == 2 && !pair.starts_with('+') => u8::from_str_radix(pair, 16).ok(),
            _ => None,
        });
        pairs.collect::<Option<_>>().ok_or_else(|| format!("{word} is not hexadecimal"))
    }

    fn parameters(&mut self) -> Result<NeuronParameters, String> {
        Ok(NeuronParameters {
            synaptic_decay: self.number("synaptic_decay")?,
            membrane_decay: self.number("membrane_decay")?,
            adaptation_decay: self.number("adaptation_decay")?,
            threshold: self.number("threshold")?,
            adaptation_increment: self.number("adaptation_increment")?,
            bias: self.number("bias")?,
            refractory_ticks: self.number("refractory_ticks")?,
            reset_mode: if self.choice(["zero", "subtract"])? { ResetMode::Subtract } else { ResetMode::ToZero },
            never_fires: self.choice(["fires", "silent"])?,
        })
    }

    fn state(&mut self) -> Result<NeuronState, String> {
        Ok(NeuronState {
            potential: self.number("potential")?,
            current: self.number("current")?,
            adaptation: self.number("adaptation")?,
            refractory_left: self.number("refractory_left")?,
        })
    }

    fn update(&mut self, line: usize) -> Result<UpdateVector, String> {
        let parameters = self.parameters()?;
        self.mark("|")?;
        let before = self.state()?;
        self.mark("|")?;
        let weight_sum = self.number("weight_sum")?;
        self.mark("->")?;
        let after = self.state()?;
        let spike = self.choice(["0", "1"])?;
        Ok(UpdateVector { line, parameters, before, weight_sum, after, spike })
    }

    fn frame(&mut self, line: usize) -> Result<FrameVector, String> {
        let sequence = self.number("sequence")?;
        let opcode = self.hex()?;
        let [opcode] = opcode[..] else { return Err("opcode is not one byte".to_owned()) };
        let payload = self.hex()?;
        self.mark("->")?;
        Ok(FrameVector { line, frame: Frame { sequence, opcode, payload }, wire: self.hex()? })
    }

    fn image(&mut self, line: usize) -> Result<OpenImage, String> {
        let (n_channels, n_neurons): (u16, u16) = (self.number("n_channels")?, self.number("n_neurons")?);
        let n_lanes: u8 = self.number("n_lanes")?;
        let n_neurons = usize::from(n_neurons);
        let row_ptr = vec![0; usize::from(n_channels) + n_neurons + 1];
        let lanes = vec![LaneSynapses { row_ptr, synapses: Vec::new() }; usize::from(n_lanes)];
        let image = NetworkImage { n_channels, neurons: Vec::new(), lanes };
        Ok(OpenImage { vector: ImageVector { line, image, bytes: Vec::new() }, n_neurons })
    }

    fn neuron(&mut self) -> Result<Neuron, String> {
        let parameters = self.parameters()?;
        let readout = match self.word("readout")? {
            "-" => None,
            class => Some(class.parse().map_err(|_| format!("readout cannot be {class}"))?),
        };
        Ok(Neuron { parameters, readout })
    }

    fn end(&mut self) -> Result<(), String> {
        self.0.next().map_or(Ok(()), |word| Err(format!("{word} is one field too many")))
    }
}
