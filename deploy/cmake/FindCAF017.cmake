# Finds the C++ Actor Framework 0.17.x: Debian's libcaf-dev ships headers and
# libraries but no CMake package file. Set CAF_ROOT to use a build of your own
# (for instance one made with ThreadSanitizer).
#
# Provides the targets CAF::core and CAF::io.

find_path(CAF_INCLUDE_DIR caf/config.hpp HINTS "${CAF_ROOT}" PATH_SUFFIXES include)
find_library(CAF_CORE_LIBRARY NAMES caf_core caf_core_static
  NAMES_PER_DIR HINTS "${CAF_ROOT}" PATH_SUFFIXES lib)
find_library(CAF_IO_LIBRARY NAMES caf_io caf_io_static
  NAMES_PER_DIR HINTS "${CAF_ROOT}" PATH_SUFFIXES lib)

if(NOT CAF_INCLUDE_DIR OR NOT CAF_CORE_LIBRARY OR NOT CAF_IO_LIBRARY)
  message(FATAL_ERROR
    "The C++ Actor Framework (CAF) 0.17 was not found. On Debian and Ubuntu: "
    "apt-get install libcaf-dev. With a build of your own: "
    "cmake -DCAF_ROOT=/where/it/is/installed")
endif()

file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" CAF_VERSION_LINE
  REGEX "^#define CAF_VERSION [0-9]+")
string(REGEX MATCH "[0-9]+" CAF_VERSION_NUMBER "${CAF_VERSION_LINE}")
if(NOT CAF_VERSION_NUMBER GREATER_EQUAL 1700 OR
   NOT CAF_VERSION_NUMBER LESS 1800)
  message(FATAL_ERROR
    "Hiisi needs CAF 0.17.x, but ${CAF_INCLUDE_DIR}/caf/config.hpp says "
    "CAF_VERSION ${CAF_VERSION_NUMBER} (0.17.6 reads 1706). Debian 12 and 13 "
    "have the right one in libcaf-dev; point CAF_ROOT at it.")
endif()

if(NOT TARGET CAF::core)
  add_library(CAF::core UNKNOWN IMPORTED)
  set_target_properties(CAF::core PROPERTIES
    IMPORTED_LOCATION "${CAF_CORE_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES Threads::Threads)
  add_library(CAF::io UNKNOWN IMPORTED)
  set_target_properties(CAF::io PROPERTIES
    IMPORTED_LOCATION "${CAF_IO_LIBRARY}"
    INTERFACE_LINK_LIBRARIES CAF::core)
endif()
set(CAF017_FOUND TRUE)
