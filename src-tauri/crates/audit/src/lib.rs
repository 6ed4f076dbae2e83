//! The audit: crawl and detect joined, kept in a store, judged by rules, reported. What front ends import.
