# The system tests: the real programs, once in each mode that hiidet may run
# in. The beginning of a file's name says which modes its cases are for, if not
# for all three; what needs root is labelled so.
#   several_users_, as_root_   hiidet serves the whole host
#   unprivileged_              hiidet is not root
#   own_daemon_                hiidet is a user's own
# Sanitizers see the programs drop root's privileges, and a user's own: a host's
# that stays root does nothing else, and is left out with them, but for crash
# points and failing calls, of which each mode has others.

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

foreach(source IN LISTS system_tests)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${source}")
  cmake_path(GET source FILENAME name)
  if(name MATCHES "_crash_points_" AND NOT HIISI_FAULT)
    continue()
  endif()
  # With sanitizers they take minutes; ./deploy/soak has a thousand.
  if(name MATCHES "^random_kills_" AND HIISI_SANITIZE)
    continue()
  endif()
  if(NOT name MATCHES "^(unprivileged|own_daemon)_"
      AND (NOT HIISI_SANITIZE OR name MATCHES "crash_points_|failing_calls_"))
    hiisi_add_cases(test_system "system;root" "${source}" root)
  endif()
  if(NOT name MATCHES "^own_daemon_")
    hiisi_add_cases(test_system "system;root" "${source}" dropped)
  endif()
  if(NOT name MATCHES "^(several_users|as_root)_")
    hiisi_add_cases(test_system system "${source}" user)
  endif()
endforeach()

# What takes longest begins first, so that nobody waits for it alone at the end.
# Ten thousand requests to a daemon that a sanitizer slows down, while others
# run beside it, take longer than most.
set_tests_properties(
  "test_system/user/port_kills/ten_thousand_acknowledgements_agree_with_the_registry"
  PROPERTIES TIMEOUT 400 COST 100)

# So do kills and faults, each of which is followed by a look at everything. They
# use no port of the host's, so that their modes need not wait for each other.
foreach(mode IN ITEMS root dropped user)
  foreach(case IN ITEMS
      crash_points/nothing_is_lost_where_the_programs_die_at_a_point
      failing_calls_cases/a_call_that_fails_costs_an_error_at_most
      floods/frames_as_large_as_can_be)
    if(TEST "test_system/${mode}/${case}")
      set_tests_properties("test_system/${mode}/${case}" PROPERTIES
        TIMEOUT 600 COST 200 RESOURCE_LOCK "")
    endif()
  endforeach()
endforeach()
