//! A2A (Agent2Agent): a tower layer and codecs.
