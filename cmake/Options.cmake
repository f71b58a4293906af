# What can be chosen at configure time, and the settings that hold for every target.
include(GNUInstallDirs)

# the Python module is built by `pip install` (scikit-build-core sets SKBUILD); the rest by hand
if(DEFINED SKBUILD)
  set(plyo_for_python ON)
  set(plyo_standalone OFF)
else()
  set(plyo_for_python OFF)
  set(plyo_standalone ON)
endif()
option(PLYO_BUILD_PYTHON "Build the Python extension module plyo._native" ${plyo_for_python})
option(PLYO_BUILD_TESTS "Build the C++ tests" ${plyo_standalone})
option(PLYO_BUILD_BENCHMARKS "Build the C++ benchmarks" OFF)
option(PLYO_UNITY "Compile sources in groups: a third of the work of a whole build, more after a change of one source" ON)
option(PLYO_WERROR "Treat warnings as errors" OFF)
set(PLYO_SANITIZE "" CACHE STRING "Sanitizers to compile in, such as address,undefined or thread")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)

# Warnings and sanitizers for our own targets.
add_library(plyo_settings INTERFACE)
if(MSVC)
  target_compile_options(plyo_settings INTERFACE /W4)
else()
  target_compile_options(plyo_settings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wdouble-promotion)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # conditions are joined by & and | on purpose: && and || are branches
    target_compile_options(plyo_settings INTERFACE -Wno-bitwise-instead-of-logical)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC looks for garbage whenever its memory has doubled from 128 MB on, a twentieth of the time of a group of sources
    target_compile_options(plyo_settings INTERFACE "SHELL:--param ggc-min-heapsize=524288")
  endif()
  if(PLYO_WERROR)
    target_compile_options(plyo_settings INTERFACE -Werror)
  endif()
endif()
if(PLYO_SANITIZE)
  # these come after the options of a target: -O1 is what sanitizers ask for, and compiles in half the time of -O3
  target_compile_options(plyo_settings INTERFACE
    -fsanitize=${PLYO_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -O1 -g1)
  target_link_options(plyo_settings INTERFACE -fsanitize=${PLYO_SANITIZE})
endif()
