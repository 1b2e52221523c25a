"""Upstream: who let which operator run which data, for what, until when?"""
