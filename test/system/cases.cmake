# The system tests: the real programs, once in each mode that hiidet may run
# in. The beginning of a file's name says which modes its cases are for, if not
# for all three; what needs root is labelled so.
#   several_users_, as_root_   hiidet serves the whole host
#   unprivileged_              hiidet is not root
#   own_daemon_                hiidet is a user's own
# With sanitizers each is run in the one mode in which there is most to see, but
# for crash points, of which each mode has others; in the others the programs do
# hardly anything else. HIISI_SANITIZED_MODES has more of them run.

# hiisi_not_tested(<target>): it is what is run or what drives, not what is
# tested. With sanitizers in it hundreds of probes at once would take their time
# to begin, and the driver would take half of all the time for its forks.
function(hiisi_not_tested target)
  if(HIISI_SANITIZE)
    target_compile_options(${target} PRIVATE -fno-sanitize=all)
    target_link_options(${target} PRIVATE -fno-sanitize=all)
  endif()
endfunction()

add_executable(test_probe system/probe.cpp system/probe_evasive.cpp
  system/probe_net.cpp)
target_link_libraries(test_probe PRIVATE hiisi_options)
hiisi_not_tested(test_probe)

# What is preloaded to have calls fail.
add_library(failing_calls MODULE system/failing_calls.c)
target_link_libraries(failing_calls PRIVATE hiisi_options ${CMAKE_DL_LIBS})
hiisi_not_tested(failing_calls)

# A name service that does not answer.
add_library(hanging_names MODULE system/hanging_names.c)
target_link_libraries(hanging_names PRIVATE hiisi_options)
hiisi_not_tested(hanging_names)

set(HIISI_USED_BY_SYSTEM_TESTS actors/core/proc_stat.cpp protocol/frame.cpp
  protocol/json_value.cpp protocol/json_writer.cpp protocol/utf8.cpp)
file(GLOB system_sources CONFIGURE_DEPENDS
  "system/*_test.cpp" "support/system_*.cpp")
file(GLOB system_tests CONFIGURE_DEPENDS "system/*_test.cpp")
# What it uses of Hiisi is compiled for it, so that it has no sanitizer.
list(TRANSFORM HIISI_USED_BY_SYSTEM_TESTS PREPEND "${CMAKE_SOURCE_DIR}/")
add_executable(test_system ${system_sources} support/test_main.cpp
  ${HIISI_USED_BY_SYSTEM_TESTS})
target_link_libraries(test_system PRIVATE hiisi_options
  nlohmann_json::nlohmann_json ${BOOST_UTF})
target_compile_definitions(test_system PRIVATE BOOST_TEST_DYN_LINK
  HIISI_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
  HIISI_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
set_source_files_properties(system/failing_calls_test.cpp PROPERTIES
  COMPILE_DEFINITIONS
  HIISI_FAILING_CALLS_LIBRARY="$<TARGET_FILE:failing_calls>")
set_source_files_properties(system/as_root_hanging_names_test.cpp PROPERTIES
  COMPILE_DEFINITIONS
  HIISI_HANGING_NAMES_LIBRARY="$<TARGET_FILE:hanging_names>")
hiisi_not_tested(test_system)
target_precompile_headers(test_system PRIVATE ${HIISI_STD_HEADERS}
  <boost/test/unit_test.hpp>)
add_dependencies(test_system test_probe hiidet hiisi hiisi-keeper
  hiisi-rotate hiisi-logger failing_calls hanging_names)

# The same test program can drive other programs than those built beside it:
# `deploy/test` names the optimised ones here, so that it need not be built
# twice. Those tests are labelled `optimised`, not `system`.
set(HIISI_OPTIMISED_PROGRAMS "" CACHE PATH
  "A directory of programs built as they are installed, to be tested as well")

# hiisi_system_cases(<label> <source> <modes> [<programs>])
function(hiisi_system_cases label source modes)
  foreach(mode IN LISTS modes)
    set(labels "${label}")
    if(NOT mode STREQUAL "user")
      list(APPEND labels root)
    endif()
    hiisi_add_cases(test_system "${labels}" "${source}" ${mode} ${ARGN})
  endforeach()
endfunction()

set(HIISI_SANITIZED_MODES dropped CACHE STRING
  "The modes in which system tests are run with sanitizers")

foreach(source IN LISTS system_tests)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  cmake_path(GET source FILENAME name)
  set(modes root dropped user)
  if(name MATCHES "^(several_users|as_root)_")
    list(REMOVE_ITEM modes user)
  elseif(name MATCHES "^unprivileged_")
    list(REMOVE_ITEM modes root)
  elseif(name MATCHES "^own_daemon_")
    set(modes user)
  endif()
  # Only what was built with crash points has any.
  if(HIISI_OPTIMISED_PROGRAMS AND NOT name MATCHES "_crash_points_")
    hiisi_system_cases(optimised "${source}" "${modes}"
      "${HIISI_OPTIMISED_PROGRAMS}")
  endif()
  if(name MATCHES "_crash_points_" AND NOT HIISI_FAULT)
    continue()
  endif()
  # With sanitizers they take minutes; ./deploy/soak has a thousand.
  if(name MATCHES "^random_kills_" AND HIISI_SANITIZE)
    continue()
  endif()
  if(HIISI_SANITIZE AND NOT name MATCHES "_crash_points_")
    set(modes_here ${HIISI_SANITIZED_MODES})
    if(name MATCHES "^own_daemon_")
      set(modes_here user)
    endif()
    foreach(mode IN LISTS modes)
      if(NOT mode IN_LIST modes_here)
        list(REMOVE_ITEM modes ${mode})
      endif()
    endforeach()
  endif()
  hiisi_system_cases(system "${source}" "${modes}")
endforeach()

# What takes longest begins first, so that nobody waits for it alone at the end.
# Ten thousand requests to a daemon that a sanitizer slows down, while others
# run beside it, take longer than most.
foreach(mode IN ITEMS user optimised/user)
  set(case
    port_kills/ten_thousand_acknowledgements_agree_with_the_registry)
  if(TEST "test_system/${mode}/${case}")
    set_tests_properties("test_system/${mode}/${case}" PROPERTIES
      TIMEOUT 400 COST 100)
  endif()
endforeach()

# So do kills and faults, each of which is followed by a look at everything. They
# use no port of the host's, so that their modes need not wait for each other.
foreach(mode IN ITEMS root dropped user optimised/root optimised/dropped
    optimised/user)
  foreach(case IN ITEMS
      crash_points/nothing_is_lost_where_the_programs_die_at_a_point
      failing_calls_cases/a_call_that_fails_costs_an_error_at_most
      floods/frames_as_large_as_can_be
      random_kills/nothing_is_lost_by_kills_in_the_midst_of_everything)
    if(TEST "test_system/${mode}/${case}")
      set_tests_properties("test_system/${mode}/${case}" PROPERTIES
        TIMEOUT 600 COST 200 RESOURCE_LOCK "")
    endif()
  endforeach()
  set(case limits/a_reader_that_does_not_read_is_dropped)
  if(TEST "test_system/${mode}/${case}")
    set_tests_properties("test_system/${mode}/${case}" PROPERTIES COST 100)
  endif()
endforeach()
