#pragma once

#include <string_view>

namespace hiisi::cli {

/// The help for a verb by its name in verbs_table.hpp, for "port", or for the
/// whole program (the empty topic). Written by hand: cxxopts would break its
/// lines in the middle of "--restart [=POLICY(=always)]".
[[nodiscard]] std::string_view help_text(std::string_view topic) noexcept;

} // namespace hiisi::cli
