# Sources in groups: a group is compiled as one file that includes its members, so that shared headers (pybind11, the
# standard library, an environment) are parsed and compiled once a group. Names in the unnamed namespace of a source must
# therefore differ from the names in the other sources of its group.

# Compiles the named sources of a target as one.
function(plyo_unity_group target group)
  if(PLYO_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    set_source_files_properties(${ARGN} PROPERTIES UNITY_GROUP ${group})
  endif()
endfunction()

# Compiles the sources of a target in groups of a given size, in their order.
function(plyo_unity_batches target size)
  if(PLYO_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE BATCH UNITY_BUILD_BATCH_SIZE ${size})
  endif()
endfunction()
