"""What programs of others say of every mail: accessibility, spam filters, signatures, mail programs, the reference compiler."""
