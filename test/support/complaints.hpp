#pragma once

#include "protocol/finding.hpp"

#include <utility>
#include <vector>

namespace hiisi::test {

/// What `examine` finds of `facts`, in which all is well, once one thing has
/// been changed: all but what is good.
template <class Facts, class Change>
std::vector<protocol::finding> complaints_of(Facts facts,
                                             const Change& change) {
  change(facts);
  auto found = examine(facts);
  std::erase_if(found, [](const protocol::finding& one) {
    return one.what == protocol::verdict::good;
  });
  return found;
}

} // namespace hiisi::test
