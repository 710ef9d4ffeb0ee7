//! The experiments of the two papers on motorSRNN, run on a recording, and their report.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`study`] | a whole study: plan, estimate, run, report |
//! | [`experiments`], [`plan`], [`run`] | the experiments, how much of each to run, and the single run |
//! | [`runner`], [`store`], [`outcome`], [`training`], [`instructions`] | carries out runs and keeps their results |
//! | [`cells`] | runs that several machines share |
//! | [`analysis`], [`similarity`] | tuning, populations and circuits, of recorded units and of neurons alike |
//! | [`angles`] | the direction of each class |
//! | [`energy`], [`neurobench`], [`image_fit`] | what a decoder costs |
//! | [`results`], [`trials`], [`front`], [`report`] | statistics of the results; page and tables |
//! | [`sessions`] | recorded units over several sessions |
//! | [`movement`] | a study of movement that is decoded at every tick |
//! | [`drift`] | a study of drift over several days |
//! | [`import_page`] | an imported network as a page |
//! | [`recording_page`] | a recording as a page, before anything is trained |
#![deny(missing_docs)]

pub mod analysis;
pub mod angles;
pub mod cells;
mod cost;
pub mod drift;
pub mod energy;
pub mod error;
pub mod experiments;
pub mod front;
pub mod image_fit;
pub mod import_page;
pub mod instructions;
pub mod live_page;
pub mod movement;
pub mod neurobench;
mod options;
pub mod outcome;
pub mod plan;
pub mod recording_page;
pub mod report;
pub mod results;
pub mod run;
pub mod runner;
pub mod sessions;
pub mod similarity;
pub mod store;
pub mod study;
pub mod training;
pub mod trials;
mod windows;
