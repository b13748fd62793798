#pragma once

/// "evade KIND": behaves as programs do that are hard to stop; KIND is one of
/// those in evasive_test.cpp. Says "ready" once it is as evasive as it gets.
int evade(int argc, char** argv);
