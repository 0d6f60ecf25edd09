"""A policy of our own that tests of tracking change in many ways."""

POLICY = """\
Updated: 3 March 2025

# Acceptable use policy

We want everybody to build with Harbourlight. Our team wrote this page with care.

## What you may not do

You may not use the services to:

* harass, threaten or bully anybody
* develop or procure weapons
* spread disinformation about elections
* lend money at interest until payday
* give medical advice without review by a qualified professional
* track people without their consent

Do not create sexual content that involves minors.

## How we enforce this

We may suspend or terminate accounts that break these rules repeatedly.

If you see something that breaks these rules, report it to abuse@harbourlight.example.

## Changelog

* 2025-03-03: We made the page easier to read.
"""
