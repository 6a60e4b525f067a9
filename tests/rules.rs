//! Rules that no scenario can say, by the sections of the catalogue.

#[path = "rules/section_01.rs"]
mod section_01;
#[path = "rules/section_02.rs"]
mod section_02;
#[path = "rules/section_03.rs"]
mod section_03;
#[path = "rules/section_04.rs"]
mod section_04;
#[path = "rules/section_05.rs"]
mod section_05;
#[path = "rules/section_06.rs"]
mod section_06;
#[path = "rules/section_07.rs"]
mod section_07;
#[path = "rules/section_08.rs"]
mod section_08;
#[path = "rules/section_09.rs"]
mod section_09;
#[path = "rules/section_10.rs"]
mod section_10;
#[path = "rules/section_12.rs"]
mod section_12;
#[path = "rules/section_13.rs"]
mod section_13;
