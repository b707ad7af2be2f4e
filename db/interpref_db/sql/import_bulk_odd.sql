-- Places of lines that are to be looked at one by one. Shape: (n).
SELECT n FROM heads WHERE odd;
