//! Tests of the analyses, of the report and of whole studies.

mod support;

mod cells;
mod circuit;
mod drift;
mod energy;
mod front;
mod neurobench;
mod persistency;
mod plot;
mod population;
mod recording_page;
mod results;
mod single_unit;
mod spike_trains;
mod statistics;
mod study;
mod tuning;
