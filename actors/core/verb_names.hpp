#pragma once

#include "protocol/request.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

namespace hiisi::core {

namespace detail {

/// "run" for run_request: the type's name as the compiler spells it, without
/// its namespaces and the word that all of them end in.
template <class Request>
constexpr std::string_view verb_of() {
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("Request = ") + 10;
  text = text.substr(begin, text.find_first_of(";]", begin) - begin);
  text.remove_prefix(text.rfind(':') + 1);
  constexpr std::string_view ending = "_request";
  if (text.ends_with(ending))
    text.remove_suffix(ending.size());
  return text;
}

template <size_t... I>
constexpr auto verbs_of(std::index_sequence<I...>) {
  return std::array{verb_of<
      std::variant_alternative_t<I, protocol::command_alternatives>>()...};
}

} // namespace detail

/// What each request of protocol::command is called in metrics, such as "run"
/// or "port_allocate", by its index there. Made from the types, so that a new
/// request needs no entry here.
inline constexpr auto verb_names
    = detail::verbs_of(std::make_index_sequence<
                       std::variant_size_v<protocol::command_alternatives>>{});

} // namespace hiisi::core
